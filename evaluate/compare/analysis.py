"""What a comparison means: how sure each number is, who beats whom, and where.

Everything is computed from a Comparison's IoUs and what is known of its photos; no picture is
opened. ``docs/comparison-json.md`` describes the same as ``comparison.json`` has it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluate.compare.comparison import Comparison
from evaluate.compare.head_to_head import GROUP, Duel, duels, ranks
from evaluate.compare.row import Row
from evaluate.compare.slices import Slice, SliceScore, Upset, score_slice, slices_of, upsets
from evaluate.compare.statistics import Interval, Ranks, median_interval

LEVELS = (0.9, 0.7)


@dataclass(frozen=True)
class Quality:
    """One row over all its photos; failed ones count as IoU 0."""

    photos: int
    failed: int
    above: Mapping[float, int]
    median: float
    interval: Interval | None
    mean: float
    p10: float
    worst: float


@dataclass(frozen=True)
class Analysis:
    """By label, best first, rows without quality left out."""

    quality: Mapping[str, Quality]
    duels: tuple[Duel, ...]
    ranks: Ranks | None
    slices: tuple[Slice, ...]
    by_slice: Mapping[str, Mapping[str, SliceScore]]
    """By label, then by a slice's name."""
    upsets: tuple[Upset, ...]
    """Where another row beats the first one."""

    def moved(self, cut: Slice, labels: Iterable[str]) -> float:
        """How far a slice moves the median of that of the rows which it moves most."""
        moves = (
            abs(self.by_slice[label][cut.name].median - self.quality[label].median)
            for label in labels
        )
        return max(moves, default=0.0)


def analyse(comparison: Comparison, margin_iou: float) -> Analysis:
    """Everything there is to say of a comparison's rows."""
    ranked = [row for row in comparison.rows if row.has_quality]
    rows = {row.label: row.ious for row in ranked}
    groups = {i: str(known[GROUP]) for i, known in comparison.known.items() if GROUP in known}
    cuts = slices_of(comparison.known)
    return Analysis(
        quality={row.label: _quality(row) for row in ranked},
        duels=tuple(duels(rows, groups, margin_iou)),
        ranks=ranks(rows),
        slices=tuple(cuts),
        by_slice={
            label: {cut.name: score_slice(ious, cut) for cut in cuts}
            for label, ious in rows.items()
        },
        upsets=tuple(upsets(next(iter(rows)), rows, cuts, margin_iou)) if rows else (),
    )


def _quality(row: Row) -> Quality:
    return Quality(
        photos=len(row.ious),
        failed=row.failed,
        above={level: row.above(level) for level in LEVELS},
        median=row.median,
        interval=median_interval(list(row.ious.values())),
        mean=row.mean,
        p10=row.p10,
        worst=row.worst,
    )
