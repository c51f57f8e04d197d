"""The table of outline measures: how closely each row's outlines follow the ground truth."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.fits import CLEARANCE_PX, Fits
from evaluate.compare.rows.outline_summary import OutlineSummary
from evaluate.compare.rows.row import Row
from evaluate.display.text import NA

_NOTE = (
    "Fits: shares of photos, with exact 95 % intervals; a hand may move each piece by 5 % of its "
    "length and turn it by 5°. A pocket that is too large fits too: see outside and area. The rest "
    "are medians over photos; the distances of a failed photo are its diagonal. Inside and outside "
    "are 95th percentiles along the outline; within: surface Dice. Fits, pieces right, area and "
    "corners describe the polygons that a pocket would be cut by."
)

_NO_MM = (
    "Distances are in px, as not every photo's scale is known. For mm, give each photo's mm_per_px "
    "in metadata.csv beside images/ (docs/trace.md, The scale), then run: make score"
)
TRACED_TO_PX = 3.0  # as exactly as people trace, docs/audit.md


@dataclass(frozen=True)
class OutlineTable:
    """``columns`` are titles with their meanings, ``cells`` texts by a row's label.

    ``rescore`` has a line for each row scored at another clearance, with the command to run;
    ``remarks`` say what else a reader of its numbers must know.
    """

    columns: Sequence[tuple[str, str]]
    cells: dict[str, list[str]]
    rescore: list[str]
    remarks: list[str]
    note: str = _NOTE


def outline_table(comparison: Comparison) -> OutlineTable | None:
    """Medians over photos, in mm if every scale is known; None if no row has outline measures.

    A row scored at another clearance than the latest has no share within that clearance.
    """
    measured = _measured(comparison)
    clearance = fit_clearance(comparison)
    if clearance is None:
        return None
    gap, unit = clearance
    mm, clearance_mm = unit == "mm", comparison.scoring.clearance_mm
    within = f"Within {clearance_mm:g} mm"
    columns = [
        ("fits", f"Fits at {gap:g} {unit}", "share of photos whose tool goes into the pocket, "
         f"widened by {gap:g} {unit} all around", ""),
        ("photos", "Photos", "photos measured", ".0f"),
        ("inside", f"Inside {unit}", "how far the mask lies inside the ground truth (the tool will "
         "not fit there)", ".2f"),
        ("outside", f"Outside {unit}", "how far the mask lies outside the ground truth (the tool "
         "will be loose there)", ".2f"),
        ("mean", f"Mean {unit}", "mean distance between the outlines, in both directions", ".2f"),
        ("hd95", f"hd95 {unit}", "95th percentile of that distance, the larger of both directions",
         ".2f"),
        *([("surface_dice", within, "share of both outlines within this distance of the other",
            ".0%")] * mm),
        ("edge_px", "Edge px", "width of the alpha's edge, from 10% to 90%", ".1f"),
        ("as_truth", "Pieces right", "share of photos on which the pocket has as many pieces and "
         "holes as the ground truth's", ".0%"),
        ("area_ratio", "Area", "area of the pocket, as a share of the ground truth's", ".1%"),
        ("vertices", "Corners", "corners of the pocket's outlines", ".0f"),
    ]  # fmt: skip
    cells, rescore = {}, []
    for row, outlines in measured:
        found = dict((mm and outlines.mm) or outlines.px) | {"photos": outlines.photos}
        if mm and row.clearance_mm != clearance_mm:
            found["surface_dice"] = None
            rescore.append(
                f"{row.label} was scored at a clearance of {row.clearance_mm:g} mm; "
                f"run: {row.command} clearance_mm={clearance_mm:g}"
            )
        fit = _fit_text(outlines, unit, gap)
        cells[row.label] = [fit, *(_text(found[name], form) for name, _, _, form in columns[1:])]
    finer = finer_than_truth(measured[0][1].fits, gap)
    remarks = [line for line in (finer if mm else _NO_MM,) if line]
    titles = [(title, meaning) for _, title, meaning, _ in columns]
    return OutlineTable(titles, cells, rescore, remarks)


def fit_clearance(comparison: Comparison) -> tuple[float, str] | None:
    """The clearance at which tools are said to fit, and its unit; None as for the table.

    In mm if the scale of every photo is known, else in px.
    """
    measured = _measured(comparison)
    if not measured:
        return None
    mm = all(outlines.mm for _, outlines in measured)
    return (comparison.scoring.clearance_mm, "mm") if mm else (CLEARANCE_PX, "px")


def _measured(comparison: Comparison) -> list[tuple[Row, OutlineSummary]]:
    return [(row, row.outlines) for row in comparison.rows if row.has_quality and row.outlines]


def finer_than_truth(fits: Fits | None, gap: float) -> str:
    """A warning where a clearance is finer than ground truth can be; else empty."""
    if fits is None or fits.px(gap) >= TRACED_TO_PX:
        return ""
    return (
        f"{gap:g} {fits.unit} is {fits.px(gap):.1f} px here, finer than ground truth is usually "
        f"traced (to about {TRACED_TO_PX:g} px): whether a tool fits may hang on the tracing"
    )


def _fit_text(outlines: OutlineSummary, unit: str, gap: float) -> str:
    """The share of photos that fit and its interval; none if another row has no scale."""
    if outlines.fits is None or outlines.fits.unit != unit:
        return NA
    found = outlines.fits.at(gap)
    return f"{found.share:.0%} [{100 * found.interval.low:.0f}, {100 * found.interval.high:.0f}]"


def _text(value: float | None, form: str) -> str:
    return NA if value is None else format(value, form)
