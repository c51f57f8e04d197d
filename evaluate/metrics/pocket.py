"""What would be cut by a mask, held against what would be cut by its truth.

Both become polygons by the steps of ``evaluate.metrics.polygons``, which drop specks, smooth and
simplify: a mask may be off by many pixels and cut the right pocket, or by few and cut one with a
piece more.
"""

from datasets.arrays import Mask
from evaluate.metrics.polygons import mask_polygons


def pocket(mask: Mask, truth: Mask) -> dict[str, float]:
    """Of a Mask (bool H×W) and its truth.

    pieces, holes, vertices  of the mask's polygons
    as_truth                 1 where pieces and holes are as many as the truth's, else 0; left out
                             where all of a truth is too small to be cut
    area_ratio               of the mask's polygons to the truth's; left out where these have none
    """
    cut, due = mask_polygons(mask), mask_polygons(truth)
    found = {
        "pieces": float(len(cut.polygons)),
        "holes": float(cut.holes),
        "vertices": float(cut.vertices),
    }
    if due.polygons or not truth.any():
        alike = len(cut.polygons) == len(due.polygons) and cut.holes == due.holes
        found["as_truth"] = float(alike)
    return found | ({"area_ratio": cut.area / due.area} if due.area else {})
