"""How the outlines of each row fit, for those who cut by them: the table of every page."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluate.compare.comparison import Comparison
from evaluate.compare.outline_summary import in_mm, summary
from evaluate.report.columns import NA

TOLD = (
    "Medians over photos, failed ones as far off as the photo is large. Inside and outside are "
    "95th percentiles along the outline; within: surface Dice. Pieces right, area and corners are "
    "of the polygons that a pocket would be cut by."
)


@dataclass(frozen=True)
class Fit:
    """``columns`` are titles with what they mean, ``cells`` texts by a row's label.

    ``unlike`` says which rows were scored within another clearance, and what mends it.
    """

    columns: Sequence[tuple[str, str]]
    cells: dict[str, list[str]]
    unlike: list[str]
    told: str = TOLD


def fit(comparison: Comparison) -> Fit | None:
    """Medians over photos, in mm where every scale is known; None where nothing was measured.

    A row that was scored at another clearance than the latest has no share within it.
    """
    measured = [row for row in comparison.rows if row.has_quality and row.measures]
    if not measured:
        return None
    mm = in_mm([one for row in measured for one in row.measures])
    unit, clearance_mm = "mm" if mm else "px", comparison.scoring.clearance_mm
    within = f"Within {clearance_mm:g} mm"
    shown = [
        ("inside", f"Inside {unit}", "how far the mask lies inside the truth: there the tool will "
         "not fit", ".2f"),
        ("outside", f"Outside {unit}", "how far the mask lies outside the truth: slop", ".2f"),
        ("mean", f"Mean {unit}", "distance between the outlines, either way", ".2f"),
        ("hd95", f"hd95 {unit}", "distance either way that 95% of the outline keeps within", ".2f"),
        *([("surface_dice", within, "share of both outlines so near the other", ".0%")] * mm),
        ("edge_px", "Edge px", "width of the alpha's edge, from 10 to 90%", ".1f"),
        ("as_truth", "Pieces right", "on how many photos a pocket would have as many pieces and "
         "holes as the truth's", ".0%"),
        ("area_ratio", "Area", "of a pocket, as a share of the truth's", ".1%"),
        ("vertices", "Corners", "of a pocket's outlines", ".0f"),
    ]  # fmt: skip
    cells, unlike = {}, []
    for row in measured:
        found = summary(row.measures, mm)
        if mm and row.clearance_mm != clearance_mm:
            found["surface_dice"] = None
            unlike.append(
                f"{row.label} was scored within {row.clearance_mm:g} mm; "
                f"run: {row.command} clearance_mm={clearance_mm:g}"
            )
        cells[row.label] = [_text(found[name], form) for name, _, _, form in shown]
    return Fit([(title, meaning) for _, title, meaning, _ in shown], cells, unlike)


def _text(value: float | None, form: str) -> str:
    return NA if value is None else format(value, form)
