"""The pixels of a mask file before anything is decided about them.

A class of pixels is named by one number, its code: a gray level is its own code (0..65535), any
other colour is ``COLOUR`` + its 24 bits of RGB. So the white of a palette, of an RGB picture and of
a gray one are all 255.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from datasets.decoding.depth import gray_16, to_eight_bits
from datasets.decoding.loss import loss_of
from datasets.pictures import OPAQUE, DeepColours, read_stored

Pixels: TypeAlias = npt.NDArray[Any]  # uint8 or uint16 H×W gray, or uint8 H×W×3
Packed: TypeAlias = npt.NDArray[Any]  # uint8 or uint16 levels, or int32 colours, H×W

COLOUR = 1 << 24
LABELS = 64  # more colours than these are not labels but noise and soft edges
LOSS = 4  # gray levels by which one that was stored with loss may differ between files
NEUTRAL = 24  # how far the channels of a gray that was stored with loss may lie apart


@dataclass(frozen=True)
class MaskPixels:
    """``pixels`` are gray (uint8 or uint16 H×W) or colours (uint8 H×W×3).

    ``alpha``: they are the file's alpha channel. ``loss`` is that of
    ``datasets.decoding.loss.loss_of``, 0 where the format changes no level. ``palette``
    maps each palette index in use to its colour's code. ``void_alpha``: there is an alpha channel
    that says nothing, for it is the same everywhere.
    """

    pixels: Pixels
    alpha: bool = False
    loss: int = 0
    palette: Mapping[int, int] = field(default_factory=dict)
    void_alpha: bool = False

    @property
    def packed(self) -> Packed:
        """One number for every pixel (H×W): its gray level, or its colour, red in the low byte."""
        if self.pixels.ndim == 2:
            return self.pixels
        wide = np.zeros((*self.pixels.shape[:2], 4), np.uint8)
        wide[:, :, :3] = self.pixels
        return wide.view("<i4")[:, :, 0]

    def code_of(self, packed: int) -> int:
        """The code of one of the numbers that ``packed`` has."""
        if self.pixels.ndim == 2:
            return packed
        red, green, blue = packed & 255, packed >> 8 & 255, packed >> 16
        return red if red == green == blue else COLOUR | red << 16 | green << 8 | blue

    def packed_of(self, code: int) -> int:
        """The number that ``packed`` has where a pixel has this code."""
        if self.pixels.ndim == 2:
            return code
        red, green, blue = colour_of(code)
        return red | green << 8 | blue << 16


def read_pixels(path: Path) -> MaskPixels:
    """Read a mask file.

    - An alpha channel that varies and falls below ``OPAQUE`` is the mask; a constant one says
      nothing.
    - A palette is read as its colours, or if these are all equal as its indices; an RGB picture
      whose channels agree as gray.
    - 1-bit pictures have the levels 0 and 255; 16-bit ones keep theirs. Colours of 16 bits become
      8-bit ones where none is lost by that.

    Raises:
        PictureError: missing, unreadable, truncated, a bomb, or 32-bit float.
    """
    mask = read_stored(path, _pixels)
    return replace(mask, loss=loss_of(path))


def code_name(code: int) -> str:
    """A code as messages and settings write it: ``38`` or ``#800000``."""
    return f"#{code - COLOUR:06x}" if code >= COLOUR else str(code)


def brightness(code: int) -> float:
    """The luma of a code's colour; of a gray level, the level."""
    if code < COLOUR:
        return float(code)
    red, green, blue = colour_of(code)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def colour_of(code: int) -> tuple[int, int, int]:
    """A code as 8-bit RGB."""
    if code < COLOUR:
        return code, code, code
    return code >> 16 & 255, code >> 8 & 255, code & 255


def near_to(code: int, other: int) -> bool:
    """Whether two codes may be one that was stored with loss."""
    pairs = zip(colour_of(code), colour_of(other), strict=True)
    apart = max(abs(one - another) for one, another in pairs)
    return apart <= (NEUTRAL if max(code, other) >= COLOUR else LOSS)


def _pixels(picture: Pillow.Image, wide: DeepColours | None) -> MaskPixels:
    visible = _visible(picture) if wide is None else _visible_16(wide[:, :, :3])
    if not picture.has_transparency_data:
        return visible
    if wide is not None and wide.shape[2] == 4:
        alpha = _alpha_16(wide[:, :, 3])
    else:
        alpha = np.asarray(picture.convert("RGBA").getchannel("A"))
    least, most = int(alpha.min()), int(alpha.max())
    if least < min(OPAQUE, most):
        return MaskPixels(alpha, alpha=True)
    return replace(visible, void_alpha=least < OPAQUE)


def _visible_16(wide: DeepColours) -> MaskPixels:
    """The pixels of 16-bit colours.

    Raises:
        ValueError: different ones would become one in 8 bits.
    """
    if (wide == wide[:, :, :1]).all():
        return MaskPixels(_narrowest(wide[:, :, 0]))
    if wide.max() <= 255:
        return MaskPixels(wide.astype(np.uint8))
    mask = MaskPixels((wide // 257).astype(np.uint8))
    packed = mask.packed
    for one in distinct(packed) or []:  # soft rims and noise need no exact colours
        stored = wide[packed == one]
        if (stored != stored[0]).any():
            raise ValueError("16-bit colours that 8 bits do not tell apart: save it with 8")
    return mask


def _alpha_16(wide: npt.NDArray[np.uint16]) -> npt.NDArray[np.uint8]:
    """An alpha channel of 16 bits in 8, by the bits that it uses.

    Raises:
        ValueError: it varies, but not in 8 bits.
    """
    alpha = to_eight_bits(wide)
    if alpha.min() == alpha.max() < OPAQUE and wide.min() != wide.max():
        raise ValueError("16-bit alpha that 8 bits do not tell apart: save it with 8")
    return alpha


def _narrowest(wide: npt.NDArray[np.uint16]) -> Pixels:
    return wide.astype(np.uint8) if wide.max() <= 255 else np.ascontiguousarray(wide)


def _visible(picture: Pillow.Image) -> MaskPixels:
    if picture.mode.startswith("I"):
        return MaskPixels(_narrowest(gray_16(picture)))
    if picture.mode in ("1", "L", "LA"):
        return MaskPixels(np.asarray(picture.convert("L")))
    indices = np.asarray(picture) if picture.mode == "P" else None
    if indices is not None:
        if indices.max() > indices.min() and _is_uniform(picture):
            return MaskPixels(indices)
        picture = picture.convert("RGBA")  # Pillow warns of palettes that go to RGB at once
    colours = np.asarray(picture.convert("RGB"))
    gray = _is_gray(colours)
    mask = MaskPixels(np.asarray(picture.convert("RGB").convert("L")) if gray else colours)
    return mask if indices is None else replace(mask, palette=_palette(indices, mask))


def _is_gray(colours: npt.NDArray[np.uint8]) -> bool:
    """Whether the channels agree, or nearly so in a picture that was once stored with loss."""
    red, green, blue = cv2.split(colours)
    apart = cv2.max(cv2.max(red, green), blue) - cv2.min(cv2.min(red, green), blue)
    if not apart.any():
        return True
    if apart.max() > NEUTRAL:
        return False
    some = colours.reshape(-1, 3)[:: max(1, apart.size // 50_000)]
    return len(np.unique(some, axis=0)) > LABELS


def _is_uniform(picture: Pillow.Image) -> bool:
    """Whether all pixels have one colour, so that a palette's indices say more than its colours."""
    colours = picture.convert("RGBA").convert("RGB").getextrema()
    return all(least == most for least, most in colours)  # type: ignore[misc]


def distinct(packed: Packed) -> list[int] | None:
    """The different numbers of ``packed``, None where there are more than ``LABELS``."""
    found: list[int] = []
    rest = packed.ravel()
    while rest.size:
        if len(found) == LABELS:
            return None
        found.append(int(rest[0]))
        rest = rest[rest != rest[0]]
    return found


def _palette(indices: npt.NDArray[np.uint8], mask: MaskPixels) -> dict[int, int]:
    """The code of every index in use."""
    packed = mask.packed.ravel()
    used = np.flatnonzero(np.bincount(indices.ravel(), minlength=256)).tolist()
    flat = indices.ravel()
    return {index: mask.code_of(int(packed[np.argmax(flat == index)])) for index in used}
