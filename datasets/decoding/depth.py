"""Photos of 16 bits a channel, many of which hold only 8, 10, 12 or 14.

Cameras and scanners store 10 to 14 bits in the low bits of 16, and exporters widen a type without
scaling. Read as 16 bits such a photo is almost black, so its brightest value decides: up to 255 it
holds 8 bits, up to 1023 10, up to 4095 12, up to 16383 14. A properly exposed photo of 16 bits is
far above that.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

from datasets.decoding.deep_colours import JPEG2000, colours_16, is_deep

NARROW = (8, 10, 12, 14)  # bits
DEEP = {".png", ".tif", ".tiff", ".jp2"}  # suffixes of formats with 16 bits
HIGH_BYTE = 64  # Pillow keeps the high byte of colours: up to this they may hold only 14 bits
MOST = 65535


def bits_of(wide: npt.NDArray[Any]) -> int:
    """How many bits the values of 16-bit pixels use: 8, 10, 12, 14 or 16."""
    brightest = int(wide.max(initial=0))
    return next((bits for bits in NARROW if brightest < 1 << bits), 16)


def to_eight_bits(wide: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """16-bit pixels (any shape) as uint8, scaled by the bits that they use."""
    bits = bits_of(wide)
    if bits == 16:
        return (wide // 257).astype(np.uint8)
    return (wide >> (bits - 8)).astype(np.uint8)


def gray_16(picture: Pillow.Image) -> npt.NDArray[np.uint16]:
    """The pixels of a gray picture of 16 or 32 bits.

    Raises:
        ValueError: it has values outside 16 bits, which would become others.
    """
    wide = np.asarray(picture)
    least, most = int(wide.min()), int(wide.max())
    if least < 0 or most > MOST:
        raise ValueError(f"values from {least} to {most}, where 0 to {MOST} can be read")
    return wide.astype(np.uint16)


def narrow_colours(path: Path, picture: Pillow.Image) -> npt.NDArray[np.uint16] | None:
    """The colours of a deep, loaded picture (uint16 H×W×3 or 4, RGB) that Pillow makes too dark.

    None where colours and alpha use all 16 bits, so that Pillow's high byte is right (not of JPEG
    2000).

    Raises:
        ValueError: they cannot be decoded for certain.
    """
    if picture.mode not in ("RGB", "RGBA", "LA"):
        return None
    bands = dict(zip(picture.getbands(), np.atleast_2d(picture.getextrema()), strict=True))
    brightest = max(int(most) for band, (_, most) in bands.items() if band != "A")
    opacity = int(bands["A"][1]) if "A" in bands else MOST
    if picture.format != JPEG2000 and min(brightest, opacity) > HIGH_BYTE:
        return None
    return colours_16(path, picture)


def scaled(path: Path, picture: Pillow.Image) -> Pillow.Image:
    """A deep, loaded picture in 8 bits a channel, colours and alpha each by the bits they use.

    Raises:
        ValueError: its pixels cannot be read for certain.
    """
    if picture.mode.startswith("I"):
        return Pillow.fromarray(to_eight_bits(gray_16(picture)))
    wide = narrow_colours(path, picture)
    if wide is None:
        return picture
    channels = [to_eight_bits(part) for part in np.split(wide, [3], axis=2) if part.size]
    return Pillow.fromarray(np.concatenate(channels, axis=2))


def narrow_bits(path: Path) -> int | None:
    """The 8, 10, 12 or 14 bits that the photo in a 16-bit file holds; None for all other files.

    Reads the header only, of files that are not 16 bits deep. Nothing is raised for a file that
    cannot be read.
    """
    if path.suffix.lower() not in DEEP:
        return None
    try:
        with Pillow.open(path) as picture:
            if not is_deep(path, picture):
                return None
            picture.load()
            gray = picture.mode.startswith("I")
            wide = gray_16(picture) if gray else narrow_colours(path, picture)
    except Exception:  # whatever a decoder raises; reading the photo reports it
        return None
    bits = 16 if wide is None else bits_of(wide[:, :, :3] if wide.ndim == 3 else wide)
    return None if bits == 16 else bits
