"""Stored masks: any viewer opens them, and no level changes."""

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.decoding.mask_png import encode_mask
from datasets.decoding.png_chunks import is_complete
from datasets.pictures import read_mask_png

RANDOM = np.random.default_rng(0)


def soft() -> np.ndarray:
    disc = np.zeros((600, 401), np.uint8)
    cv2.circle(disc, (200, 300), 150, 255, -1)
    return cv2.GaussianBlur(disc, (31, 31), 0)


@pytest.mark.parametrize(
    "alpha",
    [
        soft(),
        RANDOM.integers(0, 256, (123, 457), np.uint8),
        np.zeros((1, 1), np.uint8),
        np.full((1, 300), 255, np.uint8),
        RANDOM.integers(0, 256, (300, 1), np.uint8),
        RANDOM.integers(0, 256, (64, 64), np.uint8)[:, ::2],  # not contiguous
    ],
    ids=["soft", "noise", "pixel", "row", "column", "strided"],
)
def test_every_reader_gets_the_same_levels(alpha: np.ndarray, tmp_path: Path) -> None:
    data = encode_mask(alpha)
    with Pillow.open(io.BytesIO(data)) as picture:
        picture.verify()  # the checksums of all chunks
    with Pillow.open(io.BytesIO(data)) as picture:
        assert picture.mode == "L"
        assert np.array_equal(np.asarray(picture), alpha)
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert other is not None
    assert np.array_equal(other, alpha)
    path = tmp_path / "mask.png"
    path.write_bytes(data)
    stored = read_mask_png(path)
    assert stored is not None
    assert np.array_equal(stored, alpha)


def test_a_soft_mask_is_no_larger_than_opencv_makes_it() -> None:
    _, other = cv2.imencode(".png", soft(), [cv2.IMWRITE_PNG_COMPRESSION, 1])
    assert len(encode_mask(soft())) <= 1.05 * len(other)


@pytest.mark.parametrize("size", [(0, 5), (100_000, 100_000), (2**31, 1), (50, 50)])
def test_a_stored_mask_with_another_size_in_its_header_is_damaged(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """OpenCV raises an error of its own for more pixels than it decodes."""
    data = bytearray(encode_mask(np.zeros((30, 40), np.uint8)))
    data[16:24] = struct.pack(">II", *size)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path = tmp_path / "a.png"
    path.write_bytes(data)
    assert read_mask_png(path) is None


def test_a_chunk_that_states_gigabytes_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    """OpenCV would allocate them."""
    whole = encode_mask(np.eye(30, 40, dtype=np.uint8))
    assert is_complete(whole, 1200)
    assert not is_complete(whole, 1199)
    assert not is_complete(whole[:-12], 1200)
    damaged = bytearray(whole)
    damaged[33] = 0xFF  # the length of IDAT
    assert not is_complete(bytes(damaged), 1200)
    path = tmp_path / "a.png"
    path.write_bytes(damaged)
    assert read_mask_png(path) is None
