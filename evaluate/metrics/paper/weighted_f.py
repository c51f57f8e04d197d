"""Weighted F-measure of a soft prediction against a binary ground truth, 0..1.

Margolin, How to evaluate foreground maps?, CVPR 2014, with β² = 1. E = |v − t| is each pixel's
error, d a background pixel's distance to the truth in px.

1. Dependency: E' is E, in the background that of the nearest foreground pixel. A is E' smoothed by
   a 7×7 Gaussian, σ = 5 px, 0 beyond the photo. In the foreground the error becomes min(E, A).
2. Importance: in the background the error is weighted by 2 − exp(ln(0.5)/5 · d), 1 to 2.
3. With W the weighted error and T the foreground's area: TP = T − ΣW in the foreground, FP = ΣW in
   the background, R = 1 − mean of W in the foreground, P = TP/(TP + FP + ε),
   F = 2·R·P/(R + P + ε).

An empty truth gives 0. Of several nearest foreground pixels the one farthest left counts, then the
topmost, as in scipy's distance transform.

The nearest pixel matters only where the Gaussian reaches from the foreground, up to 3 px, so a
search of the offsets there replaces the index of a full distance transform. d² is a whole number,
so OpenCV's float32 distances can be rounded to exact ones. Beyond 200 px the weight counts as 2,
which changes the measure by less than 1e-12.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Alpha, Mask
from evaluate.metrics.paper.level_counts import LevelCounts
from evaluate.metrics.paper.saliency import EPSILON

PhotoWindow = tuple[slice, slice]

_REACH_PX = 3
_NEAREST_PX = 4  # the corner of the Gaussian is 3·√2 px away
_SIGMA_PX = 5
_FAR_PX = 200
_TILE_PX = 1 << 16  # filtered at a time, so that float64 planes stay in the cache


@dataclass(frozen=True)
class TruthField:
    """What weighted F needs of a truth alone; it takes about half of the time and can be kept.

    near      the window of the photo that holds the truth and the Gaussian's reach
    border    flat indices into ``near``: background pixels that the Gaussian reaches
    nearest   flat indices into ``near``: the nearest foreground pixel of each
    far       the window that holds all weights below 2
    distance  float32, the distance to the truth in ``far``, in px
    """

    truth: Mask
    near: PhotoWindow
    border: npt.NDArray[np.intp]
    nearest: npt.NDArray[np.intp]
    far: PhotoWindow
    distance: npt.NDArray[np.float32]


def truth_field(truth: Mask) -> TruthField | None:
    """Prepare a truth (bool H×W); None where it is empty."""
    levels = np.ascontiguousarray(truth).view(np.uint8)
    box = cv2.boundingRect(levels)
    if not box[2]:
        return None
    near, far = _window(box, _REACH_PX), _window(box, _FAR_PX)
    distance = cv2.distanceTransform(1 - levels[far], cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inside = levels[near]
    size = 2 * _REACH_PX + 1
    reached = cv2.dilate(inside, np.ones((size, size), np.uint8))
    border = np.flatnonzero(np.asarray(reached) - inside)
    rows, columns = np.divmod(border, inside.shape[1])
    top, left = near[0].start - far[0].start, near[1].start - far[1].start
    squares = np.rint(np.asarray(distance)[rows + top, columns + left] ** 2).astype(np.int32)
    nearest = _nearest(inside, rows, columns, squares)
    return TruthField(truth, near, border, nearest, far, np.asarray(distance, np.float32))


def weighted_f(
    alpha: Alpha, counts: LevelCounts, field: TruthField | None, *, stretched: bool
) -> float:
    """The measure of an Alpha (uint8 H×W), as stored or stretched per photo.

    ``counts`` is ``level_counts`` of the Alpha and its truth, ``field`` the ``truth_field``.
    """
    if field is None:
        return 0.0
    low, high = counts.extremes if stretched else (0, 255)
    if low == high:  # a constant map is not stretched
        low, high = 0, 255
    span = high - low
    background, foreground = counts.by_truth
    area = int(foreground.sum())
    lost = _foreground_error(alpha, field, high) / span
    above = np.arange(256) - low
    wrong = (2 * float(background @ above) - _decayed(alpha, field, low)) / span
    right = area - lost
    recall, precision = 1 - lost / area, right / (right + wrong + EPSILON)
    return 2 * recall * precision / (recall + precision + EPSILON)


def _window(box: Sequence[int], margin: int) -> PhotoWindow:
    x, y, width, height = box
    return (
        slice(max(0, y - margin), y + height + margin),
        slice(max(0, x - margin), x + width + margin),
    )


def _nearest(
    inside: npt.NDArray[np.uint8],
    rows: npt.NDArray[np.intp],
    columns: npt.NDArray[np.intp],
    squares: npt.NDArray[np.int32],
) -> npt.NDArray[np.intp]:
    """Flat indices of the foreground pixels at the given squared distances."""
    width, wider = inside.shape[1], inside.shape[1] + 2 * _NEAREST_PX
    pixels = np.pad(inside, _NEAREST_PX).reshape(-1).view(np.bool_)
    places = (rows + _NEAREST_PX) * wider + columns + _NEAREST_PX
    nearest = np.zeros(rows.size, np.intp)
    order = np.argsort(squares, kind="stable")
    ends = np.searchsorted(squares[order], np.arange(2 * _REACH_PX**2 + 1), side="right")
    for square, steps in _STEPS.items():
        left = order[ends[square - 1] : ends[square]]
        for dy, dx in steps:
            hit = pixels.take(places[left] + (dy * wider + dx))
            some = left[hit]
            nearest[some] = (rows[some] + dy) * width + columns[some] + dx
            left = left[~hit]
    return nearest


def _steps() -> dict[int, list[tuple[int, int]]]:
    """The steps (dy, dx) by their squared length, leftmost first, then topmost."""
    steps: dict[int, list[tuple[int, int]]] = {}
    reach = range(-_NEAREST_PX, _NEAREST_PX + 1)
    for dx, dy in product(reach, reach):
        if 0 < dx * dx + dy * dy <= 2 * _REACH_PX**2:
            steps.setdefault(dx * dx + dy * dy, []).append((dy, dx))
    return steps


def _foreground_error(alpha: Alpha, field: TruthField, high: int) -> float:
    """Σ min(E, A) over the foreground, in levels below ``high``."""
    error = np.ascontiguousarray(np.uint8(high) - np.minimum(alpha[field.near], np.uint8(high)))
    error *= field.truth[field.near]
    spread = error.copy()
    spread.reshape(-1)[field.border] = error.reshape(-1)[field.nearest]
    positions = np.arange(-_REACH_PX, _REACH_PX + 1)
    kernel = np.exp(-(positions**2) / (2 * _SIGMA_PX**2))
    kernel /= kernel.sum()
    height, width = error.shape
    padded = np.pad(spread, ((_REACH_PX, _REACH_PX), (0, 0)))
    rows = max(1, _TILE_PX // width)
    total = 0.0
    for top in range(0, height, rows):
        part = error[top : top + rows]
        if not part.any():
            continue
        smooth = cv2.sepFilter2D(
            padded[top : top + len(part) + 2 * _REACH_PX],
            cv2.CV_64F,
            kernel,
            kernel,
            borderType=cv2.BORDER_CONSTANT,
        )
        total += float(np.minimum(smooth[_REACH_PX : _REACH_PX + len(part)], part).sum())
    return total


def _decayed(alpha: Alpha, field: TruthField, low: int) -> float:
    """Σ (level − ``low``) · exp(ln(0.5)/5 · d) over the background."""
    levels, distance = alpha[field.far], field.distance
    total = 0.0
    rows = max(1, _TILE_PX // levels.shape[1])
    for top in range(0, len(levels), rows):
        part, away = levels[top : top + rows], distance[top : top + rows]
        wrong = (part > low) & (away > 0) & (away < _FAR_PX)
        if wrong.any():
            squares = np.rint(np.square(away[wrong])).astype(np.int32)
            total += float(((part[wrong] - np.float64(low)) * _DECAY[squares]).sum())
    return total


_DECAY = np.exp(np.log(0.5) / 5 * np.sqrt(np.arange(_FAR_PX**2 + 1)))
_STEPS = _steps()
