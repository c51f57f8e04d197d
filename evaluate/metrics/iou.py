"""Intersection over union of a predicted mask and its ground truth.

IoU     |P ∩ T| / |P ∪ T| over the pixels of two Masks (bool H×W) of one size, 0..1.
        Both empty: 1. One empty: 0. Jaccard, 1912.

Alphas are cut at 128 (``datasets.arrays.THRESHOLD``). Nothing is normalised, resized or pooled over
photos here.

Masks are compared one bit per pixel: |P ∩ T| = (|P| + |T| − |P xor T|) / 2, and OpenCV counts
differing bits in one pass. A packed truth can be kept: at 12 MP it takes 1.5 MB, and a further mask
against it costs half.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import THRESHOLD, Alpha, Mask

_BLOCK_PX = 1 << 20  # fits in the cache; a multiple of 8


@dataclass(frozen=True)
class PackedMask:
    """A Mask of ``shape`` (H, W): ``bits`` is uint8 1×⌈HW/8⌉, ``area`` its foreground in px."""

    shape: tuple[int, ...]
    bits: npt.NDArray[np.uint8]
    area: int


def iou(prediction: Mask, truth: Mask) -> float:
    """Intersection over union, 0..1, of two Masks (bool H×W) of one size.

    Raises:
        ValueError: the shapes differ.
    """
    return packed_iou(pack(prediction), pack(truth))


def pack(mask: Mask | Alpha) -> PackedMask:
    """Pack a Mask (bool H×W), or an Alpha (uint8 H×W), which is cut at ``THRESHOLD``."""
    flat = np.ascontiguousarray(mask).reshape(-1)
    bits = np.packbits(flat.view(np.uint8)) if mask.dtype == np.bool_ else _cut(flat)
    row = bits.reshape(1, -1)
    return PackedMask(mask.shape, row, _ones(row))


def packed_iou(prediction: PackedMask, truth: PackedMask) -> float:
    """``iou`` of two packed masks.

    Raises:
        ValueError: the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise ValueError(f"prediction is {prediction.shape}, truth is {truth.shape}")
    both, differing = prediction.area + truth.area, _differing(prediction.bits, truth.bits)
    union = (both + differing) // 2
    return 1.0 if union == 0 else (both - union) / union


def _cut(levels: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """Pack 8-bit levels (uint8 N). In blocks: writing whole planes would take most of the time."""
    bits = np.empty((levels.size + 7) // 8, np.uint8)
    cut = np.empty(min(_BLOCK_PX, levels.size), np.bool_)
    for start in range(0, levels.size, _BLOCK_PX):
        block = levels[start : start + _BLOCK_PX]
        packed = np.packbits(np.greater_equal(block, THRESHOLD, out=cut[: block.size]))
        bits[start // 8 : start // 8 + packed.size] = packed
    return bits


def _differing(bits: npt.NDArray[np.uint8], others: npt.NDArray[np.uint8]) -> int:
    return round(cv2.norm(bits, others, cv2.NORM_HAMMING)) if bits.size else 0


def _ones(bits: npt.NDArray[np.uint8]) -> int:
    return round(cv2.norm(bits, cv2.NORM_HAMMING)) if bits.size else 0
