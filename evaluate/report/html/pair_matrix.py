"""The page's matrix: the same pair read from either side."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluate.compare.analysis import Analysis
from evaluate.compare.head_to_head import PairResult
from evaluate.compare.statistics import CONFIDENCE
from evaluate.display.text import chance


@dataclass(frozen=True)
class MatrixCell:
    """A cell: the row against the column. ``told`` says it in words, with how sure it is."""

    wins: int
    ties: int
    losses: int
    told: str

    @property
    def lead(self) -> float:
        """-1, all photos lost, to 1, all won."""
        return (self.wins - self.losses) / (self.wins + self.ties + self.losses)


def matrix(analysis: Analysis, places: Mapping[str, int]) -> dict[tuple[int, int], MatrixCell]:
    """Cells by the places of row and column; ``places`` are those of the labels in the table."""
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
    told = (
        f"{wins} wins, {pair.ties} ties, {losses} losses; "
        f"median difference {sign * pair.difference:+z.3f}, {interval}; "
        f"Holm's p {chance(pair.p_holm)}"
    )
    return MatrixCell(wins, pair.ties, losses, told)
