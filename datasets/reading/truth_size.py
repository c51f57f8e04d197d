"""A truth of another size than its photo: resized where the aspect is the same, else refused."""

from pathlib import Path

import cv2
import numpy as np

from datasets.arrays import Mask
from datasets.pictures import PictureError
from datasets.truth import Size

# Gemini's masks are 1 to 3 % off their photo's aspect; swapped or cropped pairs are further off.
ASPECT_TOLERANCE = 0.10


def resized(mask: Mask, size: Size) -> Mask:
    """``mask`` (bool H×W) at a (height, width), by the nearest pixels."""
    shape = size[1], size[0]
    nearest = cv2.resize(mask.astype(np.uint8), shape, interpolation=cv2.INTER_NEAREST_EXACT)
    return nearest.astype(bool)


def check_aspect(
    path: Path, photo_name: str, mask: tuple[int, int], photo: tuple[int, int]
) -> None:
    """Check that a mask, read from ``path``, has the aspect of its photo, both as (height, width).

    Raises:
        PictureError: it has not.
    """

    def aspect(size: Size) -> float:
        return size[1] / size[0]

    swapped = mask == photo[::-1]  # within the tolerance too where the photo is nearly square
    if abs(aspect(mask) / aspect(photo) - 1) <= ASPECT_TOLERANCE and not swapped:
        return
    turned = abs(aspect(mask) * aspect(photo) - 1) <= ASPECT_TOLERANCE
    raise PictureError(
        path,
        f"mask of {mask[1]}×{mask[0]} for a photo of {photo[1]}×{photo[0]}, another aspect "
        f"({photo_name})",
        "it looks turned by 90°, so turn it upright" if turned else "export it at the photo's size",
    )
