"""PNG files whose metadata are damaged, but not their pixels.

Pillow refuses a PNG with a wrong checksum in any chunk, be it a comment or a colour profile. Here
such chunks are left out, so that the picture can be read (PNG 1.2, section 3).
"""

import struct
import zlib
from pathlib import Path

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NEEDED = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"}
ORIENTATION = b"eXIf"


def is_complete(png: bytes | memoryview, most_pixels: int) -> bool:
    """Whether a PNG has all bytes of its chunks, the last one included, and states few pixels.

    A decoder allocates what header and lengths state: gigabytes, where a bit of them is wrong.
    """
    at = len(SIGNATURE)
    if len(png) < at + 24 or bytes(png[:at]) != SIGNATURE:
        return False
    width, height = struct.unpack_from(">II", png, at + 8)
    if width * height > most_pixels:
        return False
    while at + 12 <= len(png):
        (length,) = struct.unpack_from(">I", png, at)
        if bytes(png[at + 4 : at + 8]) == b"IEND":
            return True
        at += 12 + length
    return False


def without_metadata(path: Path) -> bytes | None:
    """A PNG's bytes with only the chunks that its pixels need, and EXIF; None for other files.

    The checksum of EXIF is corrected. That of pixels is not: damaged pixels stay an error.
    """
    data = path.read_bytes()
    if not data.startswith(SIGNATURE):
        return None
    kept = [SIGNATURE]
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, end = data[at + 4 : at + 8], at + 12 + length
        if kind in NEEDED:
            kept.append(data[at:end])
        elif kind == ORIENTATION:
            checksum = zlib.crc32(data[at + 4 : end - 4])
            kept.append(data[at : end - 4] + struct.pack(">I", checksum))
        at = end
    return b"".join(kept)
