"""The orientation of a photo, read so that damaged metadata loses no picture.

Pillow's parser raises on an EXIF block of which any part is damaged. Here only the orientation tag
of the first directory is read (Exif 2.32, section 4.6; TIFF 6.0, section 2); what cannot be read
means upright. Orientation as text, or only in XMP, is ignored, as browsers and OpenCV ignore it.
"""

import re
import struct

import numpy as np
import numpy.typing as npt
from PIL import Image as Pillow

TAG = 0x0112
_HEADER = re.compile(rb"II[*+]\0|MM\0[*+]")  # little and big endian, TIFF and BigTIFF
FORMATS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}  # of the value, by its TIFF type
TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}


def turned(picture: Pillow.Image, orientation: int) -> Pillow.Image:
    """``picture`` upright, given the EXIF ``orientation`` it is stored in; 1 and unknown: as is."""
    turn = TURNS.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def orientation_of(picture: Pillow.Image) -> int:
    """The EXIF orientation, 1 to 8, of a loaded picture; 1 where none can be read.

    Loading turns a TIFF upright, so a loaded one is 1.
    """
    block = picture.info.get("exif")
    if not isinstance(block, bytes):
        block = _raw_profile(picture.info.get("Raw profile type exif"))
    return orientation_in(block)


def orientation_in(block: bytes) -> int:
    """The orientation in an EXIF block, 1 where none can be read."""
    found = _entry(block)
    if found is None:
        return 1
    form, at = found
    (value,) = struct.unpack_from(form, block, at)
    return value if value in TURNS else 1


def stored_upright(tiff: bytes) -> tuple[bytes, int]:
    """A TIFF whose tag says that it is stored upright, and the orientation that the tag had."""
    found = _entry(tiff)
    if found is None:
        return tiff, 1
    form, at = found
    changed = bytearray(tiff)
    struct.pack_into(form, changed, at, 1)
    return bytes(changed), orientation_in(tiff)


def turned_pixels(pixels: npt.NDArray[np.uint16], orientation: int) -> npt.NDArray[np.uint16]:
    """``turned`` for an array (H×W×C)."""
    if orientation in (2, 3, 7, 8):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 6, 7):
        pixels = pixels[::-1]
    return pixels.swapaxes(0, 1) if orientation >= 5 else pixels


def _entry(block: bytes) -> tuple[str, int] | None:
    """The format of the orientation's value and where it stands; None where there is none."""
    if not (header := _HEADER.search(block)):
        return None
    start = header.start()
    order = "<" if header[0].startswith(b"I") else ">"
    big = b"+" in header[0]
    counter, entry_bytes, offset, value = ("Q", 20, "Q", 12) if big else ("H", 12, "I", 8)
    try:
        (directory,) = struct.unpack_from(order + offset, block, start + (8 if big else 4))
        (count,) = struct.unpack_from(order + counter, block, start + directory)
        first = start + directory + struct.calcsize(f"<{counter}")
        for entry in range(first, first + entry_bytes * count, entry_bytes):
            tag, kind = struct.unpack_from(f"{order}HH", block, entry)
            if tag == TAG and kind in FORMATS:
                form = order + FORMATS[kind]
                struct.unpack_from(form, block, entry + value)
                return form, entry + value
    except (OverflowError, struct.error):  # places beyond the block, or beyond 64 bits
        pass
    return None


def _raw_profile(text: object) -> bytes:
    """The EXIF block that ImageMagick writes as hex into a text chunk; empty if damaged."""
    if not isinstance(text, str):
        return b""
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""
