"""The orientation of a photo, read so that damaged metadata loses no picture.

Pillow's parser raises on an EXIF block of which any part is damaged. Here only the orientation tag
of the first directory is read (Exif 2.32, section 4.6; TIFF 6.0, section 2); what cannot be read
means upright. Orientation as text, or only in XMP, is ignored, as browsers and OpenCV ignore it.
"""

import re
import struct

from PIL import Image as Pillow

TAG = 0x0112
_HEADER = re.compile(rb"II\*\0|MM\0\*")  # little and big endian
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
    if not (header := _HEADER.search(block)):
        return 1
    data = block[header.start() :]
    order = "<" if data[:1] == b"I" else ">"
    try:
        (directory,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, directory)
        for i in range(count):
            entry = directory + 2 + 12 * i
            tag, kind = struct.unpack_from(f"{order}HH", data, entry)
            if tag == TAG and kind in FORMATS:
                (value,) = struct.unpack_from(order + FORMATS[kind], data, entry + 8)
                return value if value in TURNS else 1
    except struct.error:
        pass
    return 1


def _raw_profile(text: object) -> bytes:
    """The EXIF block that ImageMagick writes as hex into a text chunk; empty if damaged."""
    if not isinstance(text, str):
        return b""
    try:
        return bytes.fromhex("".join(text.split("\n")[3:]))
    except ValueError:
        return b""
