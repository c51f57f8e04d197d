"""The page's head-to-head matrix: each pair of rows appears twice, once from either side."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluate.compare.analysis import Analysis
from evaluate.compare.head_to_head import PairResult
from evaluate.compare.slices import SIGNIFICANT
from evaluate.compare.statistics import CONFIDENCE
from evaluate.display.text import count_text, p_value_text


@dataclass(frozen=True)
class MatrixCell:
    """The row against the column; ``description`` adds the interval and the p-values.

    ``told_apart``: whether Holm's p is significant.
    """

    wins: int
    ties: int
    losses: int
    description: str
    told_apart: bool

    @property
    def lead(self) -> float:
        """From -1 (all photos lost) to 1 (all won)."""
        return (self.wins - self.losses) / (self.wins + self.ties + self.losses)


def pair_matrix(analysis: Analysis, places: Mapping[str, int]) -> dict[tuple[int, int], MatrixCell]:
    """Cells by the indices of row and column; ``places`` maps labels to indices."""
    found = {}
    for pair in analysis.pairs:
        first, second = places[pair.first], places[pair.second]
        found[first, second] = _pair(pair, 1)
        found[second, first] = _pair(pair, -1)
    return found


def _pair(pair: PairResult, sign: int) -> MatrixCell:
    wins, losses = (pair.wins, pair.losses)[::sign]
    interval = "too few photos for an interval"
    if pair.interval:
        low, high = sorted((sign * pair.interval.low, sign * pair.interval.high))
        interval = f"{CONFIDENCE:.0%} interval {low:+z.3f} to {high:+z.3f}"
    description = (
        f"{count_text(wins, 'win')}, {count_text(pair.ties, 'tie')}, "
        f"{losses} {'loss' if losses == 1 else 'losses'}; "
        f"median difference {sign * pair.difference:+z.3f}, {interval}; "
        f"p {p_value_text(pair.p)}, Holm's p {p_value_text(pair.p_holm)}"
    )
    return MatrixCell(wins, pair.ties, losses, description, pair.p_holm < SIGNIFICANT)
