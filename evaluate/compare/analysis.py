"""The statistics of a comparison: intervals, pairs of rows, ranks and slices.

Everything is computed from a Comparison's IoUs and its photos' tags and traits; no image is read.
``docs/comparison-json.md`` describes the same values as stored in ``comparison.json``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaluate.compare.comparison import Comparison
from evaluate.compare.decision.decide import Decision, decision_of
from evaluate.compare.head_to_head import GROUP, PairResult, compare_pairs, ranks
from evaluate.compare.rows.known import Known
from evaluate.compare.rows.photo_values import photos_of
from evaluate.compare.rows.row import Row
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
    """``rows`` are those of ``comparison`` that have quality, by label, best first."""

    comparison: Comparison
    rows: Mapping[str, Row]
    pairs: tuple[PairResult, ...]
    ranks: Ranks | None
    slices: tuple[Slice, ...]
    by_slice: Mapping[str, Mapping[str, SliceScore]]
    """By label, then by the slice's name."""
    reversals: tuple[SliceReversal, ...]
    """Slices in which another row beats the first row of the table."""
    decision: Decision | None
    """None for fewer than two rows with quality."""

    def largest_shift(self, slice_: Slice, labels: Iterable[str]) -> float:
        """The largest |median in the slice − median over all photos| of the rows ``labels``."""
        shifts = (
            abs(self.by_slice[label][slice_.name].median - self.rows[label].median)
            for label in labels
        )
        return max(shifts, default=0.0)


def analyse(comparison: Comparison) -> Analysis:
    """Compute every statistic of a comparison's rows."""
    rows = {row.label: row for row in comparison.ranked}
    ious = {label: row.ious for label, row in rows.items()}
    known = Known.of(comparison.known)
    slices = slices_of(known, photos_of(next(iter(ious.values()), {})))
    margin_iou = comparison.margin_iou
    objects = {id_: str(group) for id_, group in known.by_photo(GROUP).items()}
    pairs = tuple(compare_pairs(ious, objects, margin_iou))
    return Analysis(
        comparison=comparison,
        rows=rows,
        pairs=pairs,
        ranks=ranks(ious),
        slices=tuple(slices),
        by_slice={
            label: {one.name: score_slice(own, one) for one in slices}
            for label, own in ious.items()
        },
        reversals=tuple(reversals(next(iter(ious)), ious, slices, margin_iou)) if ious else (),
        decision=decision_of(list(rows.values()), pairs, objects, margin_iou),
    )
