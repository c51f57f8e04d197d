"""Distances between the outlines of two masks, in px of the photo.

Outline    the mask's outermost pixels: those with a 4-neighbour outside the mask. Everything beyond
           the photo's border counts as outside.
Distance   Euclidean, between pixel centres, from each pixel of one outline to the nearest pixel of
           the other; 0 where the outlines coincide.

Pixels within 4 px of the other outline are found by looking at all places that near, nearest
first; in a good mask that is nearly all. For the others there is a search tree or, where outlines
are long, OpenCV's distance transform, whichever is cheaper.

Every distance is the root of a whole number, so equal masks give equal bytes. The transform
computes in float32, and differently with one thread than with several; its squares are rounded up
to ``_EXACT_PX``. Beyond, where some are wrong by more than a half, an exact way is taken.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Mask

OutlinePoints = npt.NDArray[np.int32]
Distances = npt.NDArray[np.float64]

CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

# Costs of the two ways, in ns, by which the cheaper is taken. Only their ratios matter.
_TRANSFORM_PER_PX, _BUILD_PER_PX, _QUERY_PER_PX = 9, 90, 800
# Below this area the transform takes about 2 ms, and importing the tree's module would not pay.
_SMALL_PX = 1 << 18
# Looking at places nearby goes on while it finds this share of the pixels that are left: a place
# costs 2 ns, a query of the tree about 500.
_NEAR_PX, _WORTH = 4, 0.05
_EXACT_PX = 500  # errors of whole numbers were seen from 885 px on
_EXACT_PER_PX = 200  # cost of SciPy's transform, which is exact, in ns
_SPARSE = 100  # outlines of less than a hundredth of the plane are read point by point


@dataclass(frozen=True)
class OutlineDistances:
    """How far apart the outlines of a mask and its ground truth are.

    of_mask, of_truth  distance of each outline pixel to the other outline, float64 N, in px, in the
                       order of the photo's rows
    mask_inside        whether each outline pixel of the mask lies inside the truth, bool N
    truth_inside       whether each outline pixel of the truth lies inside the mask, bool N
    """

    of_mask: Distances
    of_truth: Distances
    mask_inside: npt.NDArray[np.bool_]
    truth_inside: npt.NDArray[np.bool_]


def outline_distances(mask: Mask, truth: Mask) -> OutlineDistances:
    """Measure the outlines of two Masks (bool H×W) of one size, neither of them empty.

    Raises:
        ValueError: the shapes differ, or a mask is empty.
    """
    if mask.shape != truth.shape:
        raise ValueError(f"mask is {mask.shape}, truth is {truth.shape}")
    boxes = [cv2.boundingRect(np.ascontiguousarray(m).view(np.uint8)) for m in (mask, truth)]
    if not all(width for _, _, width, _ in boxes):
        raise ValueError("an empty mask has no outline")
    # Crop to the common bounding box: the rest of a large photo would take most of the time.
    top, left = min(b[1] for b in boxes), min(b[0] for b in boxes)
    bottom, right = max(b[1] + b[3] for b in boxes), max(b[0] + b[2] for b in boxes)
    mask, truth = (m[top:bottom, left:right] for m in (mask, truth))
    ours, theirs = _Outline(mask), _Outline(truth)
    return OutlineDistances(
        of_mask=_nearest(ours, theirs),
        of_truth=_nearest(theirs, ours),
        mask_inside=ours.values(truth),
        truth_inside=theirs.values(mask),
    )


def outline_pixels(mask: Mask, into: npt.NDArray[np.uint8] | None = None) -> Mask:
    """The outline pixels of a Mask (bool H×W), as a Mask; ``into`` is memory for it."""
    levels = np.ascontiguousarray(mask).view(np.uint8)
    inner = cv2.erode(levels, CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
    return np.asarray(cv2.subtract(levels, inner, into), np.uint8).view(np.bool_)


class _Outline:
    """The outline of a Mask (bool H×W) as a plane (bool) and as points (int32 N×2, x, y).

    ``padded`` is the plane (bool) with ``_NEAR_PX`` of background around it.
    """

    def __init__(self, mask: Mask) -> None:
        around, (height, width) = 2 * _NEAR_PX, mask.shape
        memory = np.zeros((height + around, width + around), np.uint8)
        self.padded = memory.view(np.bool_)
        self.plane = outline_pixels(mask, memory[_NEAR_PX:-_NEAR_PX, _NEAR_PX:-_NEAR_PX])
        self.length = int(np.count_nonzero(memory))

    @cached_property
    def places(self) -> npt.NDArray[np.intp]:
        """Flat indices into ``padded``."""
        return np.flatnonzero(self.padded)

    @cached_property
    def points(self) -> OutlinePoints:
        rows, columns = np.divmod(self.places.astype(np.int32), np.int32(self.padded.shape[1]))
        return np.stack([columns, rows], axis=1) - np.int32(_NEAR_PX)

    def values(self, of: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values of a plane at the outline's pixels, row by row."""
        if self.length * _SPARSE > self.plane.size:
            return of[self.plane]
        return of[self.points[:, 1], self.points[:, 0]]


def _nearest(outline: _Outline, other: _Outline) -> Distances:
    """The distance of each pixel of an outline to the nearest pixel of the other."""
    distances, far = _near(outline, other)
    if not far.size:
        return distances
    area = outline.plane.size
    tree = _BUILD_PER_PX * other.length + _QUERY_PER_PX * far.size
    if tree < _TRANSFORM_PER_PX * area and area > _SMALL_PX:
        distances[far] = _by_tree(outline.points[far], other)
        return distances
    background = (~other.plane).view(np.uint8)
    away = cv2.distanceTransform(background, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    values = np.asarray(outline.values(np.asarray(away))[far], np.float64)
    distances[far] = np.sqrt(np.rint(np.square(values)))
    further = far[values > _EXACT_PX]
    if further.size * _QUERY_PER_PX > area * _EXACT_PER_PX:
        from scipy.ndimage import distance_transform_edt

        distances[further] = outline.values(distance_transform_edt(background))[further]
    elif further.size:
        distances[further] = _by_tree(outline.points[further], other)
    return distances


def _by_tree(points: OutlinePoints, other: _Outline) -> Distances:
    from scipy.spatial import cKDTree  # takes 0.1 s to import, which small photos do not need

    # Far from the outline, compact nodes make a query three to ten times as slow.
    found = cKDTree(other.points, leafsize=32, balanced_tree=False, compact_nodes=False)
    return np.asarray(found.query(points)[0], np.float64)


def _near(outline: _Outline, other: _Outline) -> tuple[Distances, npt.NDArray[np.intp]]:
    """The distances of pixels near the other outline, and the indices of the other pixels."""
    width, pixels = other.padded.shape[1], other.padded.reshape(-1)
    places = outline.places
    distances, left = np.zeros(places.size), np.arange(places.size)
    for square, steps in _RINGS.items():
        found = np.zeros(left.size, np.bool_)
        for dy, dx in steps:
            found |= pixels.take(places + (dy * width + dx))
        distances[left[found]] = square**0.5
        enough = square < 2 or np.count_nonzero(found) >= _WORTH * left.size
        places, left = places[~found], left[~found]
        if not (enough and left.size):
            break
    return distances, left


def _rings() -> dict[int, list[tuple[int, int]]]:
    """The steps (dy, dx) of at most ``_NEAR_PX``, by their squared length, the shortest first."""
    reach = range(-_NEAR_PX, _NEAR_PX + 1)
    rings: dict[int, list[tuple[int, int]]] = {}
    for dy, dx in sorted(product(reach, reach), key=lambda step: step[0] ** 2 + step[1] ** 2):
        if dy * dy + dx * dx <= _NEAR_PX**2:
            rings.setdefault(dy * dy + dx * dx, []).append((dy, dx))
    return rings


_RINGS = _rings()
