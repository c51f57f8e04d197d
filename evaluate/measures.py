"""What is measured on a photo beside IoU: where the outline lies, in px and where it can be in mm.

A failed prediction counts as an empty mask, as far off as can be.
"""

import statistics
from collections.abc import Mapping, Sequence

import numpy as np

from datasets.arrays import Alpha, Mask, to_mask
from evaluate.contour import contour, edge_width_px

NAMES = ("mean_px", "hd95_px", "inside_px", "outside_px", "surface_dice", "edge_px", "mm_per_px")

Measures = Mapping[str, float]


def measure(
    alpha: Alpha | None, truth: Mask, mm_per_px: float | None, clearance_mm: float
) -> Measures:
    """``NAMES``, as ``evaluate.contour`` defines them, for an Alpha (uint8 H×W) or none.

    ``clearance_mm`` lies between a tool and its pocket: within it an outline fits. So
    ``surface_dice`` has it as tolerance, only where the scale is known. ``edge_px`` only where
    there is an edge.
    """
    mask = np.zeros_like(truth) if alpha is None else to_mask(alpha)
    tolerance_px = clearance_mm / mm_per_px if mm_per_px else None
    found = {k: v for k, v in vars(contour(mask, truth, tolerance_px)).items() if v is not None}
    if alpha is not None and (width := edge_width_px(alpha, mask)) is not None:
        found["edge_px"] = width
    if mm_per_px:
        found["mm_per_px"] = mm_per_px
    return found


def in_mm(photos: Sequence[Measures]) -> bool:
    """Whether every photo's scale is known."""
    return bool(photos) and all("mm_per_px" in one for one in photos)


def medians(photos: Sequence[Measures], millimetres: bool) -> dict[str, float | None]:
    """The median of each measure over the photos that have it; distances in mm if wanted.

    Named inside, outside, mean, hd95, surface_dice and edge_px.
    """
    found: dict[str, float | None] = {}
    for name in NAMES[:-1]:
        distance = name.endswith("_px") and name != "edge_px"
        values = [
            one[name] * (one["mm_per_px"] if distance and millimetres else 1)
            for one in photos
            if name in one
        ]
        median = statistics.median(values) if values else None
        found[name.removesuffix("_px") if distance else name] = median
    return found
