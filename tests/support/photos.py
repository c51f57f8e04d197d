"""Small photos with their masks, folders of them, and the real photos beside the checkout."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from tests.support.projects import ROOT

TOOL_PHOTOS = ROOT.parent / "shared" / "photos" / "tools"
GEMINI_PHOTOS = ROOT.parent / "shared" / "photos" / "tracefinity"


def photo(
    width: int = 90, height: int = 120, shift: int = 0
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """A dark tool on light paper (uint8 H×W×3) and its mask (bool): Otsu finds it exactly."""
    mask = np.zeros((height, width), np.uint8)
    top, left = height // 5, width // 3
    cv2.rectangle(mask, (left + shift, top), (2 * left + shift, 4 * top), 1, -1)
    image = np.where(mask[:, :, None] > 0, 40, 220).astype(np.uint8).repeat(3, axis=2)
    return image, mask > 0


def opened(path: Path) -> Pillow.Image:
    """A picture in memory, its file closed."""
    with Pillow.open(path) as picture:
        return picture.copy()


def make_folder(root: Path, names: list[str]) -> Path:
    """``root/images`` and ``root/masks`` with a clean pair for each name."""
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        image, mask = photo(shift=i % 20)
        Pillow.fromarray(image).save(root / "images" / f"{name}.png")
        Pillow.fromarray(mask).save(root / "masks" / f"{name}.png")
    return root
