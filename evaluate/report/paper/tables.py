"""The tables of the paper metrics: which columns, in which order, and what is best in each.

DIS         maximal F, weighted F, MAE, S, mean E, HCE, as in the DIS5K paper; means over photos
saliency    S, F (maximal, mean, adaptive), E (the same), weighted F, MAE; means over photos
outlines    overlap and distances of cut masks; medians over photos, with 95 % intervals
matting     errors against soft truth; means over the photos that have it

DIS and saliency tables exist twice: of levels stretched per photo, as papers print them, and as
stored.

The best value of a column is bold. A row is marked ≈ where a sign test over photos does not tell
it from the best one (p > 0.05, corrected by Holm), also where there are fewer than six photos.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluate.compare.statistics import FEWEST, TIE_SLACK, holm, median_interval, sign_test
from evaluate.store.paper_scores import STRETCHED, PaperScores

ALPHA = 0.05


@dataclass(frozen=True)
class PaperColumn:
    """A column: a metric of ``PAPER_METRICS``, its heading, and how it is written."""

    metric: str
    heading: str
    rising: bool = True  # larger is better
    digits: int = 3


@dataclass(frozen=True)
class PaperTable:
    """A table; ``medians`` with intervals instead of means."""

    title: str
    note: str
    columns: tuple[PaperColumn, ...]
    medians: bool = False


@dataclass(frozen=True)
class PaperCell:
    """A value as text, whether it is the column's best, and whether it is not told from that."""

    text: str
    best: bool = False
    tied: bool = False


DIS = (
    PaperColumn("f_max", "maxF ↑"),
    PaperColumn("weighted_f", "wF ↑"),
    PaperColumn("mae", "MAE ↓", rising=False),
    PaperColumn("s", "S ↑"),
    PaperColumn("e_mean", "meanE ↑"),
)
HCE = PaperColumn("hce", "HCE ↓", rising=False, digits=0)
SALIENCY_ORDER = (
    PaperColumn("s", "S ↑"),
    PaperColumn("f_max", "maxF ↑"),
    PaperColumn("f_mean", "meanF ↑"),
    PaperColumn("f_adaptive", "adpF ↑"),
    PaperColumn("e_max", "maxE ↑"),
    PaperColumn("e_mean", "meanE ↑"),
    PaperColumn("e_adaptive", "adpE ↑"),
    PaperColumn("weighted_f", "wF ↑"),
    PaperColumn("mae", "MAE ↓", rising=False),
)
OUTLINES = (
    PaperColumn("iou", "IoU ↑"),
    PaperColumn("dice", "Dice ↑"),
    PaperColumn("precision", "Precision ↑"),
    PaperColumn("recall", "Recall ↑"),
    PaperColumn("boundary_iou", "Boundary IoU ↑"),
    PaperColumn("boundary_f_3px", "Boundary F, 3 px ↑"),
    PaperColumn("boundary_f_diagonal", "Boundary F, 0.8 % ↑"),
    PaperColumn("boundary_f_clearance", "Boundary F, clearance ↑"),
    PaperColumn("surface_dice_clearance", "Surface Dice, clearance ↑"),
    PaperColumn("hausdorff_px", "Hausdorff px ↓", rising=False, digits=1),
    PaperColumn("hd95_px", "HD95 px ↓", rising=False, digits=1),
    PaperColumn("assd_px", "ASSD px ↓", rising=False, digits=1),
)
MATTING_ORDER = tuple(
    PaperColumn(f"{name}_{region}", f"{heading}, {region} ↓", rising=False, digits=digits)
    for region in ("unknown", "whole")
    for name, heading, digits in (
        ("sad", "SAD", 2),
        ("mse", "MSE", 4),
        ("gradient", "Grad", 2),
        ("connectivity", "Conn", 2),
    )
)

STRETCHED_NOTE = "Means over photos, of levels stretched per photo, as papers print them."
STORED_NOTE = "Means over photos, of levels as stored, as they are used."
MAXIMA = " Maximal and mean F and E are of the curve averaged over photos."
PAPER_TABLES = (
    PaperTable("DIS5K's order", STRETCHED_NOTE + MAXIMA, (*(
        PaperColumn(STRETCHED + c.metric, c.heading, c.rising, c.digits) for c in DIS), HCE)),
    PaperTable("DIS5K's order, as stored", STORED_NOTE + MAXIMA, (*DIS, HCE)),
    PaperTable("Saliency", STRETCHED_NOTE + MAXIMA, tuple(
        PaperColumn(STRETCHED + c.metric, c.heading, c.rising, c.digits) for c in SALIENCY_ORDER)),
    PaperTable("Saliency, as stored", STORED_NOTE + MAXIMA, SALIENCY_ORDER),
    PaperTable(
        "Masks cut at the threshold",
        "Medians over photos with 95 % intervals. A pixel is foreground at `>=` the threshold in "
        "the last line; others cut at `>`.",
        OUTLINES,
        medians=True,
    ),
    PaperTable("Matting", "Means over the photos with soft truth.", MATTING_ORDER),
)  # fmt: skip


def table_cells(table: PaperTable, runs: Sequence[PaperScores]) -> list[list[PaperCell]] | None:
    """The cells of each run, in order; None where no run has any of the table's metrics."""
    used = [c for c in table.columns if any(_values(run, c) for run in runs)]
    if not used:
        return None
    columns = [_column(column, runs, table.medians) for column in table.columns]
    return [list(cells) for cells in zip(*columns, strict=True)]


def _values(run: PaperScores, column: PaperColumn) -> dict[str, float]:
    return {p.id: p.values[column.metric] for p in run.photos if column.metric in p.values}


def _column(column: PaperColumn, runs: Sequence[PaperScores], medians: bool) -> list[PaperCell]:
    values = [_values(run, column) for run in runs]
    middle: Callable[[list[float]], float] = (
        (lambda v: float(np.median(v))) if medians else (lambda v: float(np.mean(v)))
    )
    middles = [middle(list(of.values())) if of else None for of in values]
    known = [m for m in middles if m is not None]
    if not known:
        return [PaperCell("–") for _ in runs]
    best = max(known) if column.rising else min(known)
    chosen = middles.index(best)
    tied = _tied(values, chosen)
    return [
        PaperCell("–")
        if m is None
        else PaperCell(_text(column, m, list(of.values()), medians), m == best, tied[i])
        for i, (m, of) in enumerate(zip(middles, values, strict=True))
    ]


def _text(column: PaperColumn, middle: float, values: list[float], medians: bool) -> str:
    text = f"{middle:.{column.digits}f}"
    interval = median_interval(values) if medians else None
    if interval is None:
        return text
    return f"{text} [{interval.low:.{column.digits}f}, {interval.high:.{column.digits}f}]"


def _tied(values: Sequence[Mapping[str, float]], best: int) -> list[bool]:
    """Whether each run is not told from the best one, which is not marked itself."""
    others = [i for i, of in enumerate(values) if of and i != best]
    p_values, few = [], []
    for i in others:
        both = values[i].keys() & values[best].keys()
        apart = [values[best][id_] - values[i][id_] for id_ in both]
        wins = sum(d > TIE_SLACK for d in apart)
        p_values.append(sign_test(wins, sum(d < -TIE_SLACK for d in apart)))
        few.append(len(apart) < FEWEST)
    corrected = dict(zip(others, holm(p_values), strict=True))
    short = dict(zip(others, few, strict=True))
    return [i in corrected and (short[i] or corrected[i] > ALPHA) for i in range(len(values))]
