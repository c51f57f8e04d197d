"""Human correction effort: about how many clicks a person needs to correct a mask.

Qin, Highly accurate dichotomous image segmentation (DIS5K), ECCV 2022. Lower is better; unbounded,
a whole number for a photo. Written from the algorithm; γ = 5 px, ε = 2 px.

1. False positives and false negatives that an erosion of mask ∪ truth by γ px removes are ignored,
   as are those within γ px of what is right: each error is eroded with the union, then grown back
   γ times inside itself. The truth's skeleton (``skeleton``) outside the mask always counts.
2. An error region away from every pixel that it could be separated from costs one click. That is
   the right foreground for false positives, the right background for false negatives.
3. Otherwise the stretches of its contour next to such pixels are drawn again: each costs the
   vertices that Ramer-Douglas-Peucker leaves at a tolerance of ε px. A pixel is used once. If the
   first and the last stretch of a contour touch, they are one.

Structuring element: 3×3 cross. Contours are those of ``cv2.findContours``. The vertices depend on
OpenCV: on PySODMetrics' examples its ``approxPolyDP`` gives 73.667 up to 4.12 and 74.333 from 4.13
on. scikit-image 0.23, 0.24 and 0.25 agree. So a value is comparable within one OpenCV version.
"""

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Mask
from evaluate.metrics.paper.skeleton import skeleton

RELAX_PX = 5
VERTEX_TOLERANCE_PX = 2.0

_Plane = npt.NDArray[np.uint8]
_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_MARGIN_PX = 2  # background around the cropped masks that the steps can see


def hce(mask: Mask, truth: Mask, truth_skeleton: Mask | None = None) -> int:
    """The effort for a Mask (bool H×W) and its truth (bool, same size).

    ``truth_skeleton`` is ``skeleton(truth)``, which takes most of the time and can be kept.

    Raises:
        ValueError: the shapes differ.
    """
    if mask.shape != truth.shape:
        raise ValueError(f"mask is {mask.shape}, truth is {truth.shape}")
    union = mask | truth
    x, y, width, height = cv2.boundingRect(union.view(np.uint8))
    if not width:
        return 0
    if truth_skeleton is None:
        truth_skeleton = skeleton(truth)
    # Crop to the foreground: the rest of a large photo would take most of the time.
    part = tuple(
        slice(max(0, n - _MARGIN_PX), n + m + _MARGIN_PX) for n, m in ((y, height), (x, width))
    )
    p, t, bones, either = (
        np.ascontiguousarray(plane[part]).view(np.uint8)
        for plane in (mask, truth, truth_skeleton, union)
    )
    right = p & t
    core = np.asarray(cv2.erode(either, _CROSS, iterations=RELAX_PX), np.uint8)
    false_positive = _relaxed(p & ~t, core)
    false_negative = _relaxed(t & ~p, core) | (bones & ~p)
    outside = np.uint8(1) - (right | false_positive | false_negative)
    return _effort(false_positive, right | false_negative) + _effort(false_negative, outside)


def _relaxed(error: _Plane, core: _Plane) -> _Plane:
    """The error's pixels (0 or 1) that can be reached from its core in ``RELAX_PX`` steps."""
    reached = error & core
    if not reached.any():
        return reached
    for _ in range(RELAX_PX):
        reached = np.asarray(cv2.dilate(reached, _CROSS), np.uint8) & error
    return reached


def _effort(error: _Plane, neighbours: _Plane) -> int:
    """Clicks for the regions of an error (0 or 1), to be separated from ``neighbours`` (0 or 1)."""
    contours, tree = cv2.findContours(error, cv2.RETR_TREE, cv2.CHAIN_APPROX_NONE)
    if not contours:
        return 0
    beside = np.asarray(cv2.dilate(neighbours, _CROSS), np.uint8)
    points = np.concatenate(contours).astype(np.int32, copy=False)
    places = points[:, 0, 1].astype(np.intp) * error.shape[1] + points[:, 0, 0]
    drawn = beside.reshape(-1)[places] > 0
    drawn &= _first_visits(places, error.size)
    ends = np.cumsum([len(contour) for contour in contours])
    # An outermost contour is one region; its holes are its children.
    regions = [i if _is_outer(i, tree[0]) else int(tree[0][i][3]) for i in range(len(contours))]
    counts = np.add.reduceat(drawn, np.concatenate([[0], ends[:-1]]), dtype=np.int64)
    per_region = np.bincount(regions, counts, len(contours))
    independent = sum(int(per_region[region] == 0) for region in set(regions))
    vertices = sum(
        len(cv2.approxPolyDP(stretch, VERTEX_TOLERANCE_PX, closed=False))
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
        for stretch in _stretches(points[start:end], drawn[start:end])
    )
    return independent + vertices


def _is_outer(index: int, tree: npt.NDArray[np.int32]) -> bool:
    """Whether a contour runs around a region, not around a hole: they take turns with depth."""
    outer, parent = True, int(tree[index][3])
    while parent >= 0:
        outer, parent = not outer, int(tree[parent][3])
    return outer


def _first_visits(places: npt.NDArray[np.intp], size: int) -> npt.NDArray[np.bool_]:
    """Whether each place occurs for the first time."""
    order = np.arange(len(places))
    first = np.empty(size, np.intp)
    first[places[::-1]] = order[::-1]
    return np.asarray(first[places] == order)


def _stretches(
    contour: npt.NDArray[np.int32], drawn: npt.NDArray[np.bool_]
) -> Iterator[npt.NDArray[np.int32]]:
    """The runs of drawn points of a contour, int32 N×1×2; first and last joined if they touch."""
    changes = np.flatnonzero(np.diff(np.concatenate([[False], drawn, [False]]).view(np.int8)))
    runs = [contour[start:end] for start, end in changes.reshape(-1, 2)]
    if len(runs) > 1 and np.abs(runs[0][0, 0] - runs[-1][-1, 0]).max() == 1:
        # The first run is appended from its end to its start, as in the published code.
        runs = [*runs[1:-1], np.concatenate([runs[-1], runs[0][::-1]])]
    yield from runs
