"""Sets of mask files as people write them, each with the truth that was drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

Mask = npt.NDArray[np.bool_]
Pixels = npt.NDArray[Any]
Writer = Callable[[Path, Pixels], None]

SIZE = (48, 40)  # height, width


def shapes(count: int, seed: int = 0) -> list[Mask]:
    """Masks of ``SIZE`` with a disc and a bar each, none at the border."""
    found = []
    for index in range(count):
        mask = np.zeros(SIZE, np.uint8)
        shift = (index + seed) % 7
        cv2.circle(mask, (14 + shift, 16), 7, 1, -1)
        cv2.rectangle(mask, (8, 30), (20 + shift, 40), 1, -1)
        found.append(mask > 0)
    return found


def rim(mask: Mask, width: int = 2) -> Mask:
    """The pixels around a mask, as a void border has them."""
    square = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    return (cv2.dilate(mask.astype(np.uint8), square) > 0) & ~mask


def levels(mask: Mask, background: object, tool: object, dtype: type = np.uint8) -> Pixels:
    """A mask drawn in two levels, or two colours (H×W×3)."""
    chosen = mask[:, :, None] if isinstance(tool, tuple) else mask
    return np.where(chosen, np.array(tool), np.array(background)).astype(dtype)


def pillow(path: Path, pixels: Pixels) -> None:
    """Written by Pillow."""
    Pillow.fromarray(pixels).save(path)


def opencv(path: Path, pixels: Pixels) -> None:
    """Written by OpenCV, which takes BGR."""
    order = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    if pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, order[pixels.shape[2]])
    assert cv2.imwrite(str(path), pixels)


def palette(path: Path, indices: Pixels, colours: dict[int, tuple[int, int, int]]) -> None:
    """A palette picture with these colours at these indices."""
    table = [0] * 768
    for index, colour in colours.items():
        table[3 * index : 3 * index + 3] = colour
    picture = Pillow.fromarray(indices.astype(np.uint8)).convert("P")
    picture.putpalette(table)
    picture.save(path)


def with_alpha(pixels: Pixels, alpha: Pixels | int) -> Pixels:
    """RGBA: gray or colours with a constant alpha, or with one that varies."""
    gray = pixels[:, :, None].repeat(3, axis=2) if pixels.ndim == 2 else pixels
    channel = np.broadcast_to(np.asarray(alpha, pixels.dtype), gray.shape[:2])
    return np.dstack([gray, channel]).astype(pixels.dtype)


@dataclass
class MaskFolder:
    """``images`` and ``masks`` to be, with names a, b, c …"""

    root: Path

    def put(self, index: int, truth: Mask, suffix: str = ".png") -> Path:
        """Write the photo of a truth, dark on light; the path for its mask."""
        for part in ("images", "masks"):
            (self.root / part).mkdir(parents=True, exist_ok=True)
        name = chr(ord("a") + index)
        photo = np.where(truth[:, :, None], 40, 220).astype(np.uint8).repeat(3, axis=2)
        Pillow.fromarray(photo).save(self.root / "images" / f"{name}.png")
        return self.root / "masks" / f"{name}{suffix}"

    def write(self, truths: Sequence[Mask], write: Callable[[Path, Mask, int], None]) -> None:
        """Write every mask by ``write(path, truth, index)``."""
        for index, truth in enumerate(truths):
            write(self.put(index, truth), truth, index)
