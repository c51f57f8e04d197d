"""Compares the pocket that is cut by a mask with the one that its ground truth would cut.

``evaluate.metrics.polygons`` makes the polygons of both: it drops specks, smooths and simplifies.
So a mask that is wrong in many pixels may still cut the right pocket, and one that is wrong in a
few may cut an additional piece.
"""

import math

from datasets.arrays import THRESHOLD, Alpha, Mask, to_levels
from evaluate.metrics.fit import fit_px
from evaluate.metrics.polygons import mask_polygons


def pocket(alpha: Alpha, truth: Mask, threshold: int = THRESHOLD) -> dict[str, float]:
    """Measures of an Alpha (uint8 H×W), cut at ``threshold``, and its truth (bool, same size).

    pieces, holes, vertices  counts over the mask's polygons
    as_truth                 1 where pieces and holes are as many as the truth's, else 0
    area_ratio               area of the mask's polygons / area of the truth's
    fit_px                   the smallest clearance at which the tool goes into the pocket, in px;
                             the photo's diagonal where there is no pocket

    ``area_ratio`` and ``fit_px`` are omitted where the truth has no polygon.
    """
    predicted, expected = mask_polygons(alpha, threshold), mask_polygons(to_levels(truth))
    measures = {
        "pieces": float(len(predicted.polygons)),
        "holes": float(predicted.holes),
        "vertices": float(predicted.corners),
    }
    same_pieces = len(predicted.polygons) == len(expected.polygons)
    measures["as_truth"] = float(same_pieces and predicted.holes == expected.holes)
    if expected.polygons:
        measures["area_ratio"] = predicted.area / expected.area
        needed = fit_px(predicted.polygons, expected.polygons)
        measures["fit_px"] = math.hypot(*truth.shape) if needed is None else needed
    return measures
