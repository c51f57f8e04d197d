"""Overlap of a cut prediction with its ground truth: IoU, Dice, precision and recall, 0..1.

With TP, FP and FN the pixels that are right foreground, wrong foreground and missed:

IoU        TP / (TP + FP + FN). Jaccard, 1912
Dice       2·TP / (2·TP + FP + FN), also F1. Dice, 1945
precision  TP / (TP + FP)
recall     TP / (TP + FN)

A pixel is foreground where its level is ``>=`` the threshold, as in ``datasets.arrays``; others cut
at ``>``, which is a threshold one higher. Prediction and truth both empty: all four are 1. One of
them empty: all four are 0, also the one whose quotient is 0/0. PySODMetrics gives both empty 0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from datasets.arrays import THRESHOLD
from evaluate.metrics.paper.level_counts import LevelCounts


@dataclass(frozen=True)
class Overlap:
    """The four measures of one photo at one threshold."""

    iou: float
    dice: float
    precision: float
    recall: float


def overlap(counts: LevelCounts, threshold: int = THRESHOLD) -> Overlap:
    """The overlap of a prediction cut at ``threshold``, 1..255."""
    below, above = counts.by_truth[:, :threshold].sum(axis=1), counts.by_truth[:, threshold:]
    false, true = (int(n) for n in above.sum(axis=1))
    missed = int(below[1])
    if not true:
        value = float(false == missed == 0)
        return Overlap(value, value, value, value)
    return Overlap(
        iou=true / (true + false + missed),
        dice=2 * true / (2 * true + false + missed),
        precision=true / (true + false),
        recall=true / (true + missed),
    )


def iou_curve(counts: LevelCounts) -> npt.NDArray[np.float64]:
    """The IoU at each threshold 0..255, float64 256, empty masks as in ``overlap``."""
    false, true = counts.by_truth[:, ::-1].cumsum(axis=1)[:, ::-1]
    union = false + counts.by_truth[1].sum()
    return np.asarray(np.where(union == 0, 1.0, true / np.maximum(union, 1)))
