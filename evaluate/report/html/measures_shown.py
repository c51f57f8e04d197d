"""What the page shows of a photo beside its IoU: outline measures, traits, and their meanings.

A measure on the page is a dict:

name     as in scores.csv
title    the heading
unit     "px" for lengths, which the page shows in mm where a photo's scale is known; "%" for
         shares; "edge" for a length that is always in px; "" for counts
better   -1 if less is better, 1 if more is, 0 if neither
meaning  a few words
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluate.store.score_table import ScoreTable

_DIGITS = 4  # of a measure


def shown_measures(clearance_mm: float) -> list[dict[str, Any]]:
    """The measures of the page; ``clearance_mm`` is the tolerance of ``surface_dice``."""
    names = ("name", "title", "unit", "better", "meaning")
    found = (
        ("fit_px", "Fit", "px", -1, "smallest clearance at which the tool "
         "goes into its pocket; the photo's diagonal if there is no pocket. A pocket that is far "
         "too large fits too: see Outside"),
        ("inside_px", "Inside", "px", -1, "how far the mask lies inside the ground truth: the tool "
         "will not fit there"),
        ("outside_px", "Outside", "px", -1, "how far the mask lies outside the ground truth: the "
         "tool will be loose there"),
        ("hd95_px", "hd95", "px", -1, "95th percentile of the distance between the outlines"),
        ("mean_px", "Mean", "px", -1, "mean distance between the outlines"),
        ("surface_dice", f"Within {clearance_mm:g} mm", "%", 1, "share of both outlines within "
         "this distance of the other"),
        ("area_ratio", "Area", "%", 0, "area of the pocket, as a share of the ground truth's"),
        ("pieces", "Pieces", "", 0, "pieces of the pocket"),
        ("holes", "Holes", "", 0, "holes in the pocket"),
        ("vertices", "Corners", "", 0, "corners of the pocket's outlines"),
        ("edge_px", "Edge", "edge", 0, "width of the alpha's edge, from 10% to 90%"),
    )  # fmt: skip
    return [dict(zip(names, one, strict=True)) for one in found]


TRAIT_MEANINGS: Mapping[str, str] = {
    "brightness": "median lightness of the photo, from 0 (black) to 100 (white)",
    "contrast": "colour difference between tool and background (CIE76); 2 is barely visible",
    "glare": "share of the tool that is overexposed",
    "width": "mean width of the tool, as a share of the photo's long side",
    "size": "area of the tool, as a share of the photo",
    "parts": "separate pieces of the tool",
    "holes": "holes through the tool",
    "touches_edge": "whether the tool reaches the photo's border",
}
_SHARES = ("glare", "width", "size")


def measure_columns(scores: ScoreTable, places: Sequence[int]) -> dict[str, list[float | None]]:
    """Each measure's values for the photos at ``places``; None where a photo has none.

    Measures that no photo has are left out.
    """
    columns = {}
    for one in shown_measures(0):
        column = scores.measures.get(one["name"])
        if column is None or np.isnan(column).all():
            continue
        columns[one["name"]] = [_rounded(value) for value in column[list(places)].tolist()]
    return columns


def photo_fits(
    scores: ScoreTable, places: Sequence[int], gap: float, unit: str
) -> list[bool | None]:
    """Whether the tools at ``places`` fit at a clearance in ``unit``; None where it is unknown."""
    needed = scores.measures.get("fit_px")
    if needed is not None and unit == "mm":
        scales = scores.measures.get("mm_per_px")
        needed = None if scales is None else needed * scales
    if needed is None:
        return [None] * len(places)
    return [None if math.isnan(value) else value <= gap for value in needed[list(places)].tolist()]


def _rounded(value: float) -> float | int | None:
    if math.isnan(value):
        return None
    short = float(f"{value:.{_DIGITS}g}")
    return int(short) if short.is_integer() else short  # 1 takes less space than 1.0


def trait_columns(
    traits: Mapping[str, Mapping[str, Any]], ids: Sequence[str]
) -> dict[str, list[str | None]]:
    """The traits of the photos ``ids`` as texts, by name; None where a photo has none."""
    return {
        name: [_trait_text(name, traits.get(id_, {}).get(name)) for id_ in ids]
        for name in TRAIT_MEANINGS
        if any(name in one for one in traits.values())
    }


def _trait_text(name: str, value: object) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return None
    if name in _SHARES:
        return f"{value:.1%}"
    return str(value) if isinstance(value, int) else f"{value:.0f}"
