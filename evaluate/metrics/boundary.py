"""How far apart the outlines of a mask and its ground truth are, in px of the photo.

``evaluate.metrics.outline_distances`` defines outline and distance.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from datasets.arrays import Alpha, Mask
from evaluate.metrics.outline_distances import Distances, outline_distances

BAND = (0.1, 0.9)  # foreground probabilities between which an edge is soft


@dataclass(frozen=True)
class BoundaryDistances:
    """Distances between two outlines, in px.

    mean_px       mean of the two directed mean distances
    hd95_px       larger of the two directed 95th percentiles (95 % Hausdorff distance)
    inside_px     95th percentile of how far the truth's outline pixels lie outside the mask, those
                  inside it counting 0; where this is large, the tool does not fit its pocket
    outside_px    the same for the mask's outline pixels outside the truth
    surface_dice  share of the pixels of both outlines that lie within the tolerance of the other,
                  0..1; None without a tolerance. Nikolov et al., Deep learning to achieve
                  clinically applicable segmentation, 2018

    Both masks empty: distances 0, ``surface_dice`` 1. One empty: distances are the photo's
    diagonal, the largest possible, and ``surface_dice`` is 0.
    """

    mean_px: float
    hd95_px: float
    inside_px: float
    outside_px: float
    surface_dice: float | None


def boundary_distances(
    mask: Mask, truth: Mask, tolerance_px: float | None = None
) -> BoundaryDistances:
    """Measure a prediction against its truth, both Masks (bool H×W) of one size.

    ``tolerance_px`` is the tolerance of ``surface_dice``.
    """
    if not (mask.any() and truth.any()):
        both_empty = not mask.any() and not truth.any()
        far = 0.0 if both_empty else math.hypot(*truth.shape)
        surface_dice = None if tolerance_px is None else float(both_empty)
        return BoundaryDistances(far, far, far, far, surface_dice)
    found = outline_distances(mask, truth)
    of_mask, of_truth = found.of_mask, found.of_truth
    dice = None
    if tolerance_px is not None:
        near = np.count_nonzero(of_mask <= tolerance_px) + np.count_nonzero(
            of_truth <= tolerance_px
        )
        dice = float(near / (of_mask.size + of_truth.size))
    return BoundaryDistances(
        mean_px=float(of_mask.mean() + of_truth.mean()) / 2,
        hd95_px=max(_p95(of_mask), _p95(of_truth)),
        inside_px=_p95(np.where(found.truth_inside, 0, of_truth)),
        outside_px=_p95(np.where(found.mask_inside, 0, of_mask)),
        surface_dice=dice,
    )


def edge_width_px(alpha: Alpha, mask: Mask) -> float | None:
    """Mean width of the soft edge of an Alpha (uint8 H×W), in px.

    The number of pixels strictly between 10 % and 90 % foreground, divided by the length of the
    outline of ``mask`` (bool H×W), the same Alpha cut. None where the mask is empty.
    """
    length = outline_px(mask)
    if not length:
        return None
    low, high = math.floor(255 * BAND[0]) + 1, math.ceil(255 * BAND[1]) - 1  # a level is whole
    return float(cv2.countNonZero(cv2.inRange(alpha, low, high)) / length)


def outline_px(mask: Mask) -> float:
    """Length of the outlines of a Mask (bool H×W), holes included, in px; at most 6 % too long."""
    x, y, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    near = mask[y : y + height, x : x + width]
    lines, _ = cv2.findContours(
        np.pad(near.astype(np.uint8), 1), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    return float(sum(cv2.arcLength(line, closed=True) for line in lines))


def _p95(distances: Distances) -> float:
    return float(np.percentile(distances, 95))
