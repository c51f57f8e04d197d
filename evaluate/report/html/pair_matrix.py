"""The page's matrix: the same duel read from either side."""

from collections.abc import Mapping
from dataclasses import dataclass

from evaluate.compare.analysis import Analysis
from evaluate.compare.head_to_head import Duel
from evaluate.compare.statistics import CONFIDENCE
from evaluate.display.text import chance


@dataclass(frozen=True)
class Pair:
    """A cell: the row against the column. ``told`` says it in words, with how sure it is."""

    wins: int
    ties: int
    losses: int
    told: str

    @property
    def lead(self) -> float:
        """-1, all photos lost, to 1, all won."""
        return (self.wins - self.losses) / (self.wins + self.ties + self.losses)


def pairs(analysis: Analysis, places: Mapping[str, int]) -> dict[tuple[int, int], Pair]:
    """Cells by the places of row and column; ``places`` are those of the labels in the table."""
    found = {}
    for duel in analysis.duels:
        first, second = places[duel.first], places[duel.second]
        found[first, second] = _pair(duel, 1)
        found[second, first] = _pair(duel, -1)
    return found


def _pair(duel: Duel, sign: int) -> Pair:
    wins, losses = (duel.wins, duel.losses)[::sign]
    interval = "too few photos for an interval"
    if duel.interval:
        low, high = sorted((sign * duel.interval.low, sign * duel.interval.high))
        interval = f"{CONFIDENCE:.0%} interval {low:+z.3f} to {high:+z.3f}"
    told = (
        f"{wins} wins, {duel.ties} ties, {losses} losses; "
        f"median difference {sign * duel.difference:+z.3f}, {interval}; "
        f"Holm's p {chance(duel.p_holm)}"
    )
    return Pair(wins, duel.ties, losses, told)
