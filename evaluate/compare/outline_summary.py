"""Medians of the outline measures over many photos, in mm if every photo's scale is known."""

import statistics
from collections.abc import Sequence

from evaluate.store.scores import DISTANCES, Measures


def in_mm(photos: Sequence[Measures]) -> bool:
    """Whether every photo's scale is known."""
    return bool(photos) and all("mm_per_px" in one for one in photos)


def outline_summary(photos: Sequence[Measures], millimetres: bool) -> dict[str, float | None]:
    """The median of each measure over the photos that have it; distances in px, or mm on request.

    Keys: inside, outside, mean, hd95, surface_dice, edge_px, vertices, area_ratio; ``as_truth`` is
    a share of photos, not a median. None where no photo has the measure.
    """
    found: dict[str, float | None] = {}
    for name in DISTANCES:
        factors = [one.get("mm_per_px", 1.0) if millimetres else 1.0 for one in photos]
        values = [one[name] * by for one, by in zip(photos, factors, strict=True) if name in one]
        found[name.removesuffix("_px")] = _median(values)
    for name in ("surface_dice", "edge_px", "vertices", "area_ratio"):
        found[name] = _median([one[name] for one in photos if name in one])
    as_truth = [one["as_truth"] for one in photos if "as_truth" in one]
    found["as_truth"] = statistics.fmean(as_truth) if as_truth else None
    return found


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
