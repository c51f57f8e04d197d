"""The array types that packages exchange, and the threshold that cuts an Alpha into a Mask.

Image   uint8  H×W×3  RGB, upright (EXIF orientation already applied)
Alpha   uint8  H×W    foreground probability 0..255, same H×W as the Image it came from
Mask    bool   H×W    True = foreground
Box     x, y, width, height of a part of an Image, in px

``Mask = Alpha >= 128``, as in tracefinity (``> 127``), the tracer these masks are made for. Alphas
are not normalised beforehand, so the measured mask is the one that a user would cut.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Image: TypeAlias = npt.NDArray[np.uint8]
Alpha: TypeAlias = npt.NDArray[np.uint8]
Mask: TypeAlias = npt.NDArray[np.bool_]
Box: TypeAlias = tuple[int, int, int, int]

THRESHOLD = 128


def to_mask(alpha: Alpha, threshold: int = THRESHOLD) -> Mask:
    """Cut an Alpha (uint8 H×W) into a Mask (bool H×W): foreground from ``threshold`` on."""
    return alpha >= threshold


def to_levels(mask: Mask) -> Alpha:
    """A Mask (bool H×W) as an Alpha (uint8 H×W) of 0 and 255."""
    return mask.view(np.uint8) * np.uint8(255)


def as_alpha(answer: object, image: Image) -> Alpha:
    """Return ``answer`` if it is an Alpha (uint8 H×W) of the size of ``image``.

    Raises:
        ValueError: it is not; the message gives the actual and the required type and shape.
    """
    height, width = image.shape[:2]
    wanted = f"uint8 of shape ({height}, {width})"
    if not isinstance(answer, np.ndarray):
        raise ValueError(f"predict returned {type(answer).__name__}; it must return {wanted}")
    if answer.dtype != np.uint8 or answer.shape != (height, width):
        raise ValueError(
            f"predict returned {answer.dtype} of shape {answer.shape}; it must return {wanted}"
        )
    return answer


def finite(levels: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    """``levels`` unchanged, checked before a cast, which would turn NaN into 0, background.

    Raises:
        ValueError: a level is NaN or infinite.
    """
    if not np.isfinite(levels).all():
        raise ValueError("the network's output contains NaN or inf")
    return levels
