"""The page's table of where each row's outlines lie, for those who cut by them."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluate.columns import NA
from evaluate.compare import Comparison
from evaluate.measures import in_mm, summary


@dataclass(frozen=True)
class Outlines:
    """``columns`` are titles with what they mean, ``cells`` texts by a row's label."""

    columns: Sequence[tuple[str, str]]
    cells: dict[str, list[str]]


def outlines(comparison: Comparison) -> Outlines | None:
    """Medians over photos, in mm where every scale is known; None where nothing was measured.

    A row that was scored at another clearance than the latest has no share within it.
    """
    measured = [row for row in comparison.rows if row.has_quality and row.measures]
    if not measured:
        return None
    mm = in_mm([one for row in measured for one in row.measures])
    unit, clearance = "mm" if mm else "px", f"{comparison.scoring.clearance_mm:g} mm"
    shown = [
        ("inside", f"Inside {unit}", "how far the mask lies inside the truth: there the tool will "
         "not fit", ".2f"),
        ("outside", f"Outside {unit}", "how far the mask lies outside the truth: slop", ".2f"),
        ("hd95", f"hd95 {unit}", "distance either way that 95% of the outline keeps within",
         ".2f"),
    ]  # fmt: skip
    if mm:
        meaning = f"share of the outline within {clearance} of the truth's"
        shown.append(("surface_dice", f"Within {clearance}", meaning, ".0%"))
    shown += [
        ("as_truth", "Pieces right", "on how many photos a pocket would have as many pieces and "
         "holes as the truth's", ".0%"),
        ("area_ratio", "Area", "of a pocket, as a share of the truth's", ".1%"),
    ]  # fmt: skip
    cells = {}
    for row in measured:
        found = summary(row.measures, mm)
        if row.clearance_mm != comparison.scoring.clearance_mm:
            found["surface_dice"] = None
        cells[row.label] = [_text(found[name], form) for name, _, _, form in shown]
    return Outlines([(title, meaning) for _, title, meaning, _ in shown], cells)


def _text(value: float | None, form: str) -> str:
    return NA if value is None else format(value, form)
