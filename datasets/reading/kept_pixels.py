"""Mask files of two gray levels, kept in memory once they are decoded: one bit a pixel.

A set of mask files is surveyed before any is read, and each model of a command is scored with the
same ones; decoding takes ten times as long as unpacking.
"""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from isal import isal_zlib

from datasets.caching.file_hash import file_hash, is_digest
from datasets.decoding.file_stamp import stamp_of
from datasets.pictures import PictureError
from datasets.reading.mask_pixels import MaskPixels, read_pixels

MOST_BYTES = 64 << 20  # a few thousand masks of 20 megapixels


@dataclass(frozen=True)
class _Packed:
    """``about`` is the mask without its pixels, each of which is the ``low`` or ``high`` level.

    ``bits`` has one for each pixel, compressed.
    """

    about: MaskPixels
    bits: bytes
    shape: tuple[int, int]
    low: int
    high: int

    def unpacked(self) -> MaskPixels:
        bits = np.frombuffer(isal_zlib.decompress(self.bits), np.uint8)
        plane = np.unpackbits(bits, count=self.shape[0] * self.shape[1]).reshape(self.shape)
        levels = np.zeros(256, np.uint8)
        levels[:2] = self.low, self.high
        return replace(self.about, pixels=cv2.LUT(plane, levels))


class _Kept:
    """Packed masks by the hash of their file, of ``MOST_BYTES`` in all."""

    def __init__(self) -> None:
        self._masks: dict[str, _Packed] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._masks)

    def get(self, key: str) -> _Packed | None:
        return self._masks.get(key)

    def put(self, key: str, packed: _Packed) -> None:
        with self._lock:
            if self._bytes < MOST_BYTES and key not in self._masks:
                self._masks[key] = packed
                self._bytes += len(packed.bits)


_kept = _Kept()


def kept_pixels(path: Path) -> MaskPixels:
    """The pixels of a mask file, decoded at most once where they are gray and of two levels.

    Raises:
        PictureError: as ``read_pixels``.
    """
    key = file_hash(path)
    if (found := _kept.get(key)) is not None:
        return found.unpacked()
    mask = _read_whole(path)
    if (packed := _packed(mask)) and is_digest(key) and file_hash(path) == key:
        _kept.put(key, packed)
    return mask


def _read_whole(path: Path) -> MaskPixels:
    """The pixels of a file that was not replaced while it was read."""
    for _ in range(3):
        before = stamp_of(path)
        mask = read_pixels(path)
        if stamp_of(path) == before:
            return mask
    raise PictureError(path, "changes while it is read", "run again once it is written")


def _packed(mask: MaskPixels) -> _Packed | None:
    pixels = mask.pixels
    if pixels.ndim != 2 or pixels.dtype != np.uint8 or not pixels.size:
        return None
    low, high = int(pixels.min()), int(pixels.max())
    upper = pixels == high
    if np.count_nonzero(upper) + np.count_nonzero(pixels == low) < pixels.size:
        return None
    shape = pixels.shape[0], pixels.shape[1]
    bits = isal_zlib.compress(np.packbits(upper), 1)
    return _Packed(replace(mask, pixels=pixels[:0].copy()), bits, shape, low, high)
