"""Medians of the outline measures over many photos, in px, and in mm if every scale is known."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluate.compare.rows.fits import Fits, fits_of
from evaluate.compare.statistics import median
from evaluate.store.formats.csv_columns import FloatColumn
from evaluate.store.scores import DISTANCES


@dataclass(frozen=True)
class OutlineSummary:
    """The median of each measure over the photos that have it; None where no photo has it.

    Keys: inside, outside, mean, hd95, surface_dice, edge_px, vertices, area_ratio; ``as_truth`` is
    a share of photos, not a median. ``px`` has distances in px; ``mm`` in mm, and is None unless
    the scale of every photo is known. ``fits`` is in mm then, else in px. ``photos`` were measured.
    """

    px: Mapping[str, float | None]
    mm: Mapping[str, float | None] | None
    fits: Fits | None
    photos: int


def outline_summary(measures: Mapping[str, FloatColumn]) -> OutlineSummary | None:
    """Summarise measures by name, each with a value per photo (NaN: none); None of no measures."""
    measured = np.any([~np.isnan(column) for column in measures.values()], axis=0)
    if not measured.any():
        return None
    rest = {
        name: _median(measures.get(name))
        for name in ("surface_dice", "edge_px", "vertices", "area_ratio")
    }
    as_truth = _there(measures.get("as_truth"))
    rest["as_truth"] = float(as_truth.mean()) if as_truth.size else None
    scale = measures.get("mm_per_px")
    known = scale is not None and not np.isnan(scale[measured]).any()
    fit = measures.get("fit_px")
    return OutlineSummary(
        px={**_distances(measures, None), **rest},
        mm={**_distances(measures, scale), **rest} if known else None,
        fits=None if fit is None else fits_of(fit, scale if known else None),
        photos=int(np.count_nonzero(measured)),
    )


def _distances(
    measures: Mapping[str, FloatColumn], scale: FloatColumn | None
) -> dict[str, float | None]:
    found = {name: measures[name] for name in DISTANCES if name in measures}
    return {
        name.removesuffix("_px"): _median(
            found[name] * scale if name in found and scale is not None else found.get(name)
        )
        for name in DISTANCES
    }


def _median(column: FloatColumn | None) -> float | None:
    values = _there(column)
    return median(values) if values.size else None


def _there(column: FloatColumn | None) -> FloatColumn:
    if column is None:
        return np.empty(0)
    missing = np.isnan(column)
    return column[~missing] if missing.any() else column
