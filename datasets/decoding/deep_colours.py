"""Colours of more than 8 bits a channel, which Pillow cuts to their high byte.

OpenCV decodes them whole. Where it and Pillow do not agree about a file it is refused, so that no
pixel is read from the wrong place.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from cv2.utils import logging
from PIL import Image as Pillow

from datasets.decoding.orientation import stored_upright, turned_pixels

PLANAR = 0x011C  # TIFF: 2 where each channel is stored by itself
BITS = 0x0102  # TIFF: bits of each channel
JPEG2000 = "JPEG2000"  # Pillow's name; it rounds the brightest 16-bit colours to 256, which is 0
CODESTREAM = b"\xff\x4f\xff\x51"  # how JPEG 2000 begins (ISO 15444-1, annex A.5.1)


def is_deep(path: Path, picture: Pillow.Image) -> bool:
    """Whether an opened, not yet loaded picture has more than 8 bits a channel.

    Raises:
        ValueError: each channel is stored by itself, which Pillow misreads in 16 bits.
    """
    tags = getattr(picture, "tag_v2", {})
    if tags.get(PLANAR) == 2 and max(tags.get(BITS, (8,))) > 8:
        raise ValueError("16-bit channels that are stored one after the other: save it as PNG")
    if picture.format == JPEG2000:
        return bits_of_jpeg2000(path.read_bytes()) > 8
    return picture.mode.startswith("I") or ";16" in str(getattr(picture, "tile", ""))


def colours_16(path: Path, picture: Pillow.Image) -> npt.NDArray[np.uint16]:
    """The pixels of a deep, loaded picture with colours: uint16 H×W×3 RGB, or ×4 with alpha.

    They are turned as Pillow turns a picture by loading it.

    Raises:
        ValueError: they cannot be decoded for certain.
    """
    data, orientation = path.read_bytes(), 1
    if picture.format == "TIFF":
        data, orientation = stored_upright(data)
    wide = _decoded_quietly(data)
    if wide is None or wide.dtype != np.uint16 or wide.ndim != 3 or wide.shape[2] not in (3, 4):
        raise ValueError(
            f"16-bit colours of the kind {picture.mode}: save it with 8 bits a channel"
        )
    if picture.format == JPEG2000:
        wide = wide << (16 - bits_of_jpeg2000(data))  # as Pillow scales gray
    order = cv2.COLOR_BGRA2RGBA if wide.shape[2] == 4 else cv2.COLOR_BGR2RGB
    colours = turned_pixels(cv2.cvtColor(wide, order).astype(np.uint16, copy=False), orientation)
    if not _agree(colours, picture):
        raise ValueError("16-bit colours that decoders do not agree about: save it as PNG")
    return colours


def _decoded_quietly(data: bytes) -> npt.NDArray[Any] | None:
    """OpenCV's pixels; None where it has none. Its warnings would stand in the terminal."""
    level = logging.getLogLevel()
    logging.setLogLevel(logging.LOG_LEVEL_SILENT)
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    finally:
        logging.setLogLevel(level)


def _agree(colours: npt.NDArray[np.uint16], picture: Pillow.Image) -> bool:
    """Whether Pillow's pixels are the high bytes of ``colours``, even rounded up to 256, its 0."""
    has_alpha = colours.shape[2] == 4
    high: npt.NDArray[Any] = np.asarray(picture.convert("RGBA" if has_alpha else "RGB"))
    if high.shape != colours.shape:
        return False
    apart = (colours >> 8).astype(np.uint8) - high
    return bool((apart + np.uint8(1) <= 2).all())


def bits_of_jpeg2000(data: bytes) -> int:
    """The most bits of a component; 8 where the header is not found."""
    at = data.find(CODESTREAM)
    if at < 0:
        return 8
    components = int.from_bytes(data[at + 40 : at + 42], "big")
    return max(
        ((size & 127) + 1 for size in data[at + 42 : at + 42 + 3 * components : 3]), default=8
    )
