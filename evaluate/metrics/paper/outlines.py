"""How far apart the outlines of a mask and its ground truth are, as papers measure it.

``evaluate.metrics.outline_distances`` defines outlines and distances. Lengths are in px.

Hausdorff     the largest distance of any outline pixel to the other outline. Huttenlocher, 1993
HD95          the larger of both outlines' 95th percentiles, interpolated linearly
ASSD          average symmetric surface distance: the mean over the pixels of both outlines
surface Dice  share of the pixels of both outlines within a tolerance of the other, 0..1. Nikolov,
              Deep learning to achieve clinically applicable segmentation, 2018
boundary F    2PR/(P + R), P the share of the mask's outline within a tolerance of the truth's, R
              the reverse, 0..1. Martin, 2004; Perazzi, A benchmark dataset for video object
              segmentation (DAVIS), CVPR 2016, which uses 0.8 % of the photo's diagonal, rounded up
Boundary IoU  IoU of the masks' inner borders, 0..1: the pixels within d px, measured along rows and
              columns (Chebyshev), of the outside. Cheng, Boundary IoU, CVPR 2021: d is 2 % of the
              photo's diagonal, rounded, at least 1. What lies beyond the photo is outside

Tolerances may be given in px, in mm (divided by the photo's mm per px) or relative to the photo's
diagonal; ``tolerance_px`` converts. Distances equal to the tolerance are within it.

Both masks empty: distances 0, shares 1. One empty: distances are the photo's diagonal, shares 0.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from datasets.arrays import Mask
from evaluate.metrics.outline_distances import OutlineDistances, outline_distances

BOUNDARY_IOU_SHARE = 0.02
DAVIS_SHARE = 0.008


@dataclass(frozen=True)
class OutlineFit:
    """The distances of one photo: of all outline pixels, or ``both_empty`` and the diagonal."""

    found: OutlineDistances | None
    both_empty: bool
    diagonal_px: float

    @property
    def hausdorff_px(self) -> float:
        """The Hausdorff distance, in px."""
        if self.found is None:
            return self._without_outline
        return float(max(self.found.of_mask.max(), self.found.of_truth.max()))

    @property
    def hd95_px(self) -> float:
        """The 95 % Hausdorff distance, in px."""
        if self.found is None:
            return self._without_outline
        both = self.found.of_mask, self.found.of_truth
        return max(float(np.percentile(distances, 95)) for distances in both)

    @property
    def assd_px(self) -> float:
        """The average symmetric surface distance, in px."""
        if self.found is None:
            return self._without_outline
        return float(np.concatenate([self.found.of_mask, self.found.of_truth]).mean())

    def surface_dice(self, tolerance_px: float) -> float:
        """The surface Dice at a tolerance, 0..1."""
        if self.found is None:
            return float(self.both_empty)
        both = np.concatenate([self.found.of_mask, self.found.of_truth])
        return float(np.count_nonzero(both <= tolerance_px) / both.size)

    def boundary_f(self, tolerance_px: float) -> float:
        """The boundary F-measure at a tolerance, 0..1."""
        if self.found is None:
            return float(self.both_empty)
        precision = float((self.found.of_mask <= tolerance_px).mean())
        recall = float((self.found.of_truth <= tolerance_px).mean())
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    @property
    def _without_outline(self) -> float:
        return 0.0 if self.both_empty else self.diagonal_px


def outline_fit(mask: Mask, truth: Mask) -> OutlineFit:
    """Measure a Mask (bool H×W) against its truth (bool, same size); either may be empty."""
    diagonal = math.hypot(*truth.shape)
    if mask.any() and truth.any():
        return OutlineFit(outline_distances(mask, truth), False, diagonal)
    return OutlineFit(None, not mask.any() and not truth.any(), diagonal)


def tolerance_px(
    shape: tuple[int, ...],
    *,
    px: float | None = None,
    mm: float | None = None,
    mm_per_px: float | None = None,
    share: float | None = None,
) -> float:
    """A tolerance in px, given in px, in mm with the photo's scale, or as a share of its diagonal.

    Raises:
        ValueError: not exactly one of them is given, or the scale is missing.
    """
    if px is not None and mm is None and share is None:
        return px
    if mm is not None and px is None and share is None and mm_per_px:
        return mm / mm_per_px
    if share is not None and px is None and mm is None:
        return share * math.hypot(*shape)
    raise ValueError("give a tolerance as px, as mm with mm_per_px, or as share")


def boundary_iou_width(shape: tuple[int, ...]) -> int:
    """Boundary IoU's d, in px, for a photo of this (height, width)."""
    return max(1, round(BOUNDARY_IOU_SHARE * math.hypot(*shape)))


def inner_border(mask: Mask, width_px: int) -> Mask:
    """The pixels of a Mask (bool H×W) within ``width_px`` of its outside, as a Mask."""
    border = np.zeros_like(mask)
    levels = np.ascontiguousarray(mask).view(np.uint8)
    x, y, width, height = cv2.boundingRect(levels)
    if width:
        part = levels[y : y + height, x : x + width]
        outside = np.pad(part, 1)
        depth = cv2.distanceTransform(outside, cv2.DIST_C, 3)[1:-1, 1:-1]
        near = np.asarray(depth) <= width_px
        border[y : y + height, x : x + width] = part.view(np.bool_) & near
    return border
