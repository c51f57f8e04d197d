"""Compares the polygons that are cut from a mask with those cut from its ground truth.

``evaluate.metrics.polygons`` makes both: it drops specks, smooths and simplifies. So a mask that is
wrong in many pixels may still cut the right pocket, and one that is wrong in a few may cut an
additional piece.
"""

from datasets.arrays import Mask
from evaluate.metrics.polygons import mask_polygons


def pocket(mask: Mask, truth: Mask) -> dict[str, float]:
    """Measures of a Mask (bool H×W) and its truth (bool, same size).

    pieces, holes, vertices  counts over the mask's polygons
    as_truth                 1 where pieces and holes are as many as the truth's, else 0; omitted
                             where the truth is not empty but too small for any polygon
    area_ratio               area of the mask's polygons / area of the truth's; omitted where the
                             truth has no polygon
    """
    predicted, expected = mask_polygons(mask), mask_polygons(truth)
    measures = {
        "pieces": float(len(predicted.polygons)),
        "holes": float(predicted.holes),
        "vertices": float(predicted.vertices),
    }
    if expected.polygons or not truth.any():
        same_pieces = len(predicted.polygons) == len(expected.polygons)
        measures["as_truth"] = float(same_pieces and predicted.holes == expected.holes)
    if expected.area:
        measures["area_ratio"] = predicted.area / expected.area
    return measures
