"""What is measured on a photo beside IoU: where the outline lies, and what it would cut.

A failed prediction counts as an empty mask, as far off as can be.
"""

import statistics
from collections.abc import Mapping, Sequence

import numpy as np

from datasets.arrays import Alpha, Mask, to_mask
from evaluate.metrics.boundary import contour, edge_width_px

DISTANCES = ("mean_px", "hd95_px", "inside_px", "outside_px")
POCKET = ("pieces", "holes", "vertices", "as_truth", "area_ratio")
NAMES = (*DISTANCES, "surface_dice", "edge_px", *POCKET, "mm_per_px")

Measures = Mapping[str, float]


def measure(
    alpha: Alpha | None, truth: Mask, mm_per_px: float | None, clearance_mm: float
) -> Measures:
    """``NAMES``, by ``evaluate.metrics.boundary`` and ``.pocket``, of an Alpha (uint8 H×W) or none.

    ``clearance_mm`` lies between a tool and its pocket: within it an outline fits. So
    ``surface_dice`` has it as tolerance, only where the scale is known. ``edge_px`` only where
    there is an edge.
    """
    from evaluate.metrics.pocket import pocket  # and shapely, which comparing does not wait for

    mask = np.zeros_like(truth) if alpha is None else to_mask(alpha)
    if alpha is None and not truth.any():
        truth = np.ones_like(truth)  # or not answering would be right where there is nothing
    tolerance_px = clearance_mm / mm_per_px if mm_per_px else None
    found = {k: v for k, v in vars(contour(mask, truth, tolerance_px)).items() if v is not None}
    if alpha is not None and (width := edge_width_px(alpha, mask)) is not None:
        found["edge_px"] = width
    if mm_per_px:
        found["mm_per_px"] = mm_per_px
    return found | pocket(mask, truth)


def in_mm(photos: Sequence[Measures]) -> bool:
    """Whether every photo's scale is known."""
    return bool(photos) and all("mm_per_px" in one for one in photos)


def summary(photos: Sequence[Measures], millimetres: bool) -> dict[str, float | None]:
    """The median of each measure over the photos that have it; distances in mm if wanted.

    Named inside, outside, mean, hd95, surface_dice, edge_px, vertices and area_ratio; of
    ``as_truth`` it is the share of the photos.
    """
    found: dict[str, float | None] = {}
    for name in DISTANCES:
        factors = [one.get("mm_per_px", 1.0) if millimetres else 1.0 for one in photos]
        values = [one[name] * by for one, by in zip(photos, factors, strict=True) if name in one]
        found[name.removesuffix("_px")] = _middle(values)
    for name in ("surface_dice", "edge_px", "vertices", "area_ratio"):
        found[name] = _middle([one[name] for one in photos if name in one])
    alike = [one["as_truth"] for one in photos if "as_truth" in one]
    found["as_truth"] = statistics.fmean(alike) if alike else None
    return found


def _middle(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
