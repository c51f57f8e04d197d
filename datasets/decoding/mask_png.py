"""Writes masks as 8-bit gray PNG, in a sixth of OpenCV's time and in no more space.

Every row is stored as its difference to the row above (PNG's filter Up), which is 0 but at edges,
and compressed by Intel's ISA-L at its first level, which is made for speed. 31 and 5 ms for a soft
mask of 20 megapixels, 343 and 312 kB.
"""

import struct

import numpy as np
from isal import isal_zlib

from datasets.arrays import Alpha

LEVEL = 1
_UP = 2
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GRAY = struct.pack(">5B", 8, 0, 0, 0, 0)  # bits, colour type, compression, filter, interlace


def encode_mask(alpha: Alpha) -> bytes:
    """An Alpha (uint8 H×W) as a PNG file, which ``datasets.pictures.read_mask_png`` reads."""
    height, width = alpha.shape
    rows = np.empty((height, 1 + width), np.uint8)
    rows[:, 0] = _UP
    rows[:1, 1:] = alpha[:1]
    np.subtract(alpha[1:], alpha[:-1], out=rows[1:, 1:])  # modulo 256
    header = struct.pack(">II", width, height) + _GRAY
    pixels = isal_zlib.compress(rows, LEVEL)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = isal_zlib.crc32(data, isal_zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)
