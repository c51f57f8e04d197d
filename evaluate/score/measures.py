"""What is measured on a photo beside IoU: where the outline lies, and what it would cut.

A failed prediction counts as an empty mask, as far off as can be.
"""

import numpy as np

from datasets.arrays import Alpha, Mask, to_mask
from evaluate.metrics.boundary import boundary_distances, edge_width_px
from evaluate.store.scores import Measures


def measure(
    alpha: Alpha | None, truth: Mask, mm_per_px: float | None, clearance_mm: float
) -> Measures:
    """The ``MEASURES`` of an Alpha (uint8 H×W), or of none, against a Mask (bool H×W).

    ``clearance_mm`` lies between a tool and its pocket: within it an outline fits. So
    ``surface_dice`` has it as tolerance, only where the scale is known. ``edge_px`` only where
    there is an edge.
    """
    from evaluate.metrics.pocket import pocket  # and shapely, which comparing does not wait for

    mask = np.zeros_like(truth) if alpha is None else to_mask(alpha)
    if alpha is None and not truth.any():
        truth = np.ones_like(truth)  # or not answering would be right where there is nothing
    tolerance_px = clearance_mm / mm_per_px if mm_per_px else None
    found = {
        k: v
        for k, v in vars(boundary_distances(mask, truth, tolerance_px)).items()
        if v is not None
    }
    if alpha is not None and (width := edge_width_px(alpha, mask)) is not None:
        found["edge_px"] = width
    if mm_per_px:
        found["mm_per_px"] = mm_per_px
    return found | pocket(mask, truth)
