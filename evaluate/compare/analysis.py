"""What a comparison means: how sure each number is, who beats whom, and where.

Everything is computed from a Comparison's IoUs and what is known of its photos; no picture is
opened. ``docs/comparison-json.md`` describes the same as ``comparison.json`` has it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluate.compare.comparison import Comparison
from evaluate.compare.head_to_head import GROUP, PairResult, compare_pairs, ranks
from evaluate.compare.row import Row
from evaluate.compare.slices import (
    Slice,
    SliceReversal,
    SliceScore,
    reversals,
    score_slice,
    slices_of,
)
from evaluate.compare.statistics import Ranks


@dataclass(frozen=True)
class Analysis:
    """By label, best first, rows without quality left out."""

    rows: Mapping[str, Row]
    pairs: tuple[PairResult, ...]
    ranks: Ranks | None
    slices: tuple[Slice, ...]
    by_slice: Mapping[str, Mapping[str, SliceScore]]
    """By label, then by a slice's name."""
    reversals: tuple[SliceReversal, ...]
    """Where another row beats the first one."""

    def moved(self, cut: Slice, labels: Iterable[str]) -> float:
        """How far a slice moves the median of that of the rows which it moves most."""
        moves = (
            abs(self.by_slice[label][cut.name].median - self.rows[label].median) for label in labels
        )
        return max(moves, default=0.0)


def analyse(comparison: Comparison) -> Analysis:
    """Everything there is to say of a comparison's rows."""
    rows = {row.label: row for row in comparison.ranked}
    ious = {label: row.ious for label, row in rows.items()}
    groups = {i: str(known[GROUP]) for i, known in comparison.known.items() if GROUP in known}
    cuts = slices_of(comparison.known)
    margin_iou = comparison.margin_iou
    return Analysis(
        rows=rows,
        pairs=tuple(compare_pairs(ious, groups, margin_iou)),
        ranks=ranks(ious),
        slices=tuple(cuts),
        by_slice={
            label: {cut.name: score_slice(own, cut) for cut in cuts} for label, own in ious.items()
        },
        reversals=tuple(reversals(next(iter(ious)), ious, cuts, margin_iou)) if ious else (),
    )
