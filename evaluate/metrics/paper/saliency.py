"""The saliency literature's measures of a soft prediction against a binary ground truth, 0..1.

v is the prediction at a pixel (0..1), t the truth (0 or 1), N the number of pixels, ε 2.2e-16.

MAE  mean of |v − t| over the photo. Perazzi, Saliency filters, CVPR 2012. Lower is better.

S    S-measure, (object + region) / 2, at least 0. Fan, Structure-measure, ICCV 2017.
     object  μ·O(v over the foreground) + (1−μ)·O(1−v over the background), μ the truth's mean and
             O(x) = 2·mean / (mean² + 1 + std + ε), std with N−1 (0 for a single pixel)
     region  SSIM of v and t in the four quadrants of ``level_counts``, weighted by area. SSIM is
             a/(b + ε), a = 4·v̄·t̄·cov, b = (v̄² + t̄²)(var v + var t), (co)variances with N−1;
             1 where a = b = 0, 0 where only a is 0
     An empty truth gives 1 − v̄, a full one v̄.

E    E-measure of the prediction cut at a threshold: Σ (align + 1)²/4 / (N − 1 + ε) with
     align = 2·p·q/(p² + q² + ε), p and q the cut prediction and the truth minus their means.
     An empty truth gives background/(N−1), a full one foreground/(N−1). Fan, Enhanced-alignment
     measure, IJCAI 2018. With N−1 in the denominator, as published, it can exceed 1 slightly.

F    F-measure of the prediction cut at a threshold: (1 + β²)·P·R / (β²·P + R), β² = 0.3; 0 without
     a true positive. Achanta, Frequency-tuned salient region detection, CVPR 2009.

Curve     the value at each threshold 0..255, float64 256; a pixel is foreground where its level is
          ``>=`` the threshold. Threshold 0 makes everything foreground.
Maximum, mean
          of the curve averaged over photos, as PySODEvalToolkit does; the maximum
          is then at one threshold for all photos. The mean of each photo's maximum is larger.
Adaptive  cut at twice the prediction's mean, at most 1.

Differences from PySODMetrics 1.6.2: it has no value (NaN) where a quadrant is empty, which here
weighs 0; and where all of a quadrant's pixels have one value, variances are exactly 0 here, while
rounding makes them 0 or about 1e-33 there, and so SSIM 1 or 0.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluate.metrics.paper.level_counts import (
    LevelCounts,
    LevelValues,
    PixelCounts,
    stored_values,
    stretched_levels,
    stretched_values,
)

Curve = npt.NDArray[np.float64]

EPSILON = float(np.spacing(1))
BETA_SQUARED = 0.3


@dataclass(frozen=True)
class Saliency:
    """The measures of one photo. Curves are float64 256, by threshold; the rest are 0..1."""

    mae: float
    s: float
    e_adaptive: float
    f_adaptive: float
    e_curve: Curve
    f_curve: Curve
    precision_curve: Curve
    recall_curve: Curve


def saliency(counts: LevelCounts, *, stretched: bool) -> Saliency:
    """The measures of one photo, of its levels as stored or stretched per photo."""
    values = stretched_values(counts) if stretched else stored_values()
    by_truth = counts.by_truth
    levels = by_truth
    if stretched:  # several levels can share one afterwards; those above or below do not occur
        to = stretched_levels(values)
        levels = np.stack([np.bincount(to, row, 256).astype(np.int64) for row in by_truth])
    positives = levels[:, ::-1].cumsum(axis=1)[:, ::-1]  # at >= threshold, by truth
    background, foreground = (int(n) for n in by_truth.sum(axis=1))
    mean = float((by_truth * values).sum() / (background + foreground))
    adaptive = by_truth[:, values >= min(2 * mean, 1)].sum(axis=1)[:, None]
    precision, recall = _precision_recall(positives, foreground)
    return Saliency(
        mae=float((by_truth[0] @ values + by_truth[1] @ (1 - values)) / (background + foreground)),
        s=_s_measure(counts.quadrants, values),
        e_adaptive=float(_e_measure(adaptive, background, foreground)[0]),
        f_adaptive=float(_f_measure(*_precision_recall(adaptive, foreground))[0]),
        e_curve=_e_measure(positives, background, foreground),
        f_curve=_f_measure(precision, recall),
        precision_curve=precision,
        recall_curve=recall,
    )


def _precision_recall(positives: PixelCounts, foreground: int) -> tuple[Curve, Curve]:
    false, true = positives
    return true / np.maximum(true + false, 1), true / max(foreground, 1)


def _f_measure(precision: Curve, recall: Curve) -> Curve:
    top = (1 + BETA_SQUARED) * precision * recall
    return np.asarray(top / np.where(top == 0, 1, BETA_SQUARED * precision + recall))


def _e_measure(positives: PixelCounts, background: int, foreground: int) -> Curve:
    false, true = positives
    size = background + foreground
    predicted = true + false
    if not foreground:
        total = (size - predicted).astype(float)
    elif not background:
        total = predicted.astype(float)
    else:
        p, q = predicted / size, foreground / size
        total = (
            true * _aligned(1 - p, 1 - q)
            + false * _aligned(1 - p, -q)
            + (foreground - true) * _aligned(-p, 1 - q)
            + (background - false) * _aligned(-p, -q)
        )
    return np.asarray(total / (size - 1 + EPSILON))


def _aligned(p: Curve, q: float) -> Curve:
    return np.asarray((2 * p * q / (p * p + q * q + EPSILON) + 1) ** 2 / 4)


def _s_measure(quadrants: PixelCounts, values: LevelValues) -> float:
    background, foreground = quadrants.sum(axis=0)
    size = int(background.sum() + foreground.sum())
    if not foreground.any():
        return float(1 - background @ values / size)
    if not background.any():
        return float(foreground @ values / size)
    share = int(foreground.sum()) / size
    objects = share * _similarity(foreground, values) + (1 - share) * _similarity(
        background, 1 - values
    )
    region = sum(int(q.sum()) / size * _ssim(q, values) for q in quadrants)
    return max(0.0, (objects + region) / 2)


def _similarity(counts: PixelCounts, values: LevelValues) -> float:
    size = int(counts.sum())
    mean, squares = _spread(counts, values)
    deviation = (squares / (size - 1)) ** 0.5 if size > 1 else 0.0
    return 2 * mean / (mean * mean + 1 + deviation + EPSILON)


def _ssim(quadrant: PixelCounts, values: LevelValues) -> float:
    """SSIM of a quadrant (int64 2×256)."""
    size = int(quadrant.sum())
    if not size:
        return 0.0
    x, squares = _spread(quadrant.sum(axis=0), values)
    foreground = int(quadrant[1].sum())
    y = foreground / size
    both = float(quadrant[1] @ (values - x)) * (1 - y) - float(quadrant[0] @ (values - x)) * y
    if squares == 0 or foreground in (0, size):
        both = 0.0
    degrees = size - 1 + EPSILON
    spread_y = foreground * (1 - y) ** 2 + (size - foreground) * y * y
    top = 4 * x * y * both / degrees
    bottom = (x * x + y * y) * (squares + spread_y) / degrees
    if top != 0:
        return top / (bottom + EPSILON)
    return 1.0 if bottom == 0 else 0.0


def _spread(counts: PixelCounts, values: LevelValues) -> tuple[float, float]:
    """The mean of the values, and the sum of the squared differences from it."""
    found = np.flatnonzero(counts)
    if found.size == 1:
        return float(values[found[0]]), 0.0
    mean = float(counts @ values) / int(counts.sum())
    return mean, float(counts @ (values - mean) ** 2)
