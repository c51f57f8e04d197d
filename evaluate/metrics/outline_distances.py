"""Distances between the outlines of two masks, in px of the photo.

Outline    the mask's outermost pixels: those with a 4-neighbour outside the mask. Everything beyond
           the photo's border counts as outside.
Distance   Euclidean, between pixel centres, from each pixel of one outline to the nearest pixel of
           the other; 0 where the outlines coincide.

Error: at most 1e-6 of the distance. A search tree over outline pixels is exact; OpenCV's distance
transform, which replaces it where outlines are long, computes in float32.
"""

from dataclasses import dataclass
from functools import cached_property
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
    ours, theirs = _Outline(outline_pixels(mask)), _Outline(outline_pixels(truth))
    return OutlineDistances(
        of_mask=_nearest(ours, theirs),
        of_truth=_nearest(theirs, ours),
        mask_inside=ours.values(truth),
        truth_inside=theirs.values(mask),
    )


def outline_pixels(mask: Mask) -> Mask:
    """The outline pixels of a Mask (bool H×W), as a Mask."""
    levels = np.ascontiguousarray(mask).view(np.uint8)
    inner = cv2.erode(levels, CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=(0,))
    return np.asarray(cv2.subtract(levels, inner), np.uint8).view(np.bool_)


class _Outline:
    """An outline as a plane (bool H×W) and, where they are needed, as points (int32 N×2, x, y)."""

    def __init__(self, plane: Mask) -> None:
        self.plane = plane
        self.length = int(np.count_nonzero(plane))

    @cached_property
    def points(self) -> OutlinePoints:
        found = cv2.findNonZero(self.plane.view(np.uint8))
        return np.asarray(found, np.int32).reshape(-1, 2)

    def values(self, of: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The values of a plane at the outline's pixels, row by row."""
        if self.length * _SPARSE > self.plane.size:
            return of[self.plane]
        return of[self.points[:, 1], self.points[:, 0]]


def _nearest(outline: _Outline, other: _Outline) -> Distances:
    """The distance of each pixel of an outline to the nearest pixel of the other."""
    area = outline.plane.size
    tree = _BUILD_PER_PX * other.length + _QUERY_PER_PX * outline.length
    if tree < _TRANSFORM_PER_PX * area and area > _SMALL_PX:
        from scipy.spatial import cKDTree  # takes 0.1 s to import, which small photos do not need

        # Far from the outline, compact nodes make a query three to ten times as slow.
        found = cKDTree(other.points, leafsize=32, balanced_tree=False, compact_nodes=False)
        return np.asarray(found.query(outline.points)[0], np.float64)
    background = (~other.plane).view(np.uint8)
    away = cv2.distanceTransform(background, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(outline.values(np.asarray(away)), np.float64)
