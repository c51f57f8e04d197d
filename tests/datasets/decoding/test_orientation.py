"""EXIF blocks that are damaged: the photo is upright."""

import struct

from datasets.decoding.orientation import orientation_in, stored_upright


def test_a_place_beyond_64_bits_is_upright() -> None:
    block = b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**64 - 1)
    assert orientation_in(block) == 1
    assert stored_upright(block) == (block, 1)
