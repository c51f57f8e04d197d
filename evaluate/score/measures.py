"""The measures of a photo besides IoU: outline distances, and the polygons cut from the mask.

A failed prediction counts as an empty mask, so its distances are the largest possible.
"""

import numpy as np

from datasets.arrays import Alpha, Mask, to_levels, to_mask
from evaluate.metrics.boundary import boundary_distances, edge_width_px
from evaluate.store.scores import Measuring


def measure(
    alpha: Alpha | None, truth: Mask, mm_per_px: float | None, measuring: Measuring
) -> dict[str, float]:
    """The ``MEASURES`` of an Alpha (uint8 H×W), None for a failure, against a truth (bool H×W).

    ``surface_dice`` is omitted where the scale ``mm_per_px`` is unknown, ``edge_px`` where the mask
    is empty.
    """
    from evaluate.metrics.pocket import pocket  # imports shapely, which comparing does not need

    mask = np.zeros_like(truth) if alpha is None else to_mask(alpha, measuring.threshold)
    if alpha is None and not truth.any():
        truth = np.ones_like(truth)  # a failure must not count as correct on an empty truth
    tolerance_px = measuring.clearance_mm / mm_per_px if mm_per_px else None
    measures = {
        k: v
        for k, v in vars(boundary_distances(mask, truth, tolerance_px)).items()
        if v is not None
    }
    if alpha is not None and (width := edge_width_px(alpha, mask)) is not None:
        measures["edge_px"] = width
    if mm_per_px:
        measures["mm_per_px"] = mm_per_px
    levels = to_levels(mask) if alpha is None else alpha
    return measures | pocket(levels, truth, measuring.threshold)
