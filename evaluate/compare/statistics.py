"""How sure a comparison is: intervals, tests and ranks over the IoUs of the same photos.

No normal distributions are assumed; IoUs have none. Random draws begin at a fixed seed, so a table
made again says the same.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special  # scipy.stats has it all, and takes long to import

CONFIDENCE = 0.95
RESAMPLES = 4999
SEED = 0
FEWEST = 6  # values, or objects, from which an interval of 95 % can be had

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Lower and upper end, both included."""

    low: float
    high: float


def median_interval(values: Sequence[float]) -> Interval | None:
    """The exact interval of the median at ``CONFIDENCE`` from order statistics; no resampling.

    The k-th smallest to the k-th largest value, with the largest k whose binomial tail still lies
    within half the error. None below six values, which cannot give 95 %.
    Source: Conover, Practical Nonparametric Statistics (3rd ed.), 3.2.
    """
    k = _median_rank(len(values))
    if k < 1:
        return None
    ordered = sorted(values)
    return Interval(ordered[k - 1], ordered[-k])


@cache  # asked for every slice and row
def _median_rank(n: int) -> int:
    k = 0
    while at_most(k, n) <= (1 - CONFIDENCE) / 2:
        k += 1
    return k


def at_most(few: int, throws: int) -> float:
    """How likely at most so ``few`` of the ``throws`` of a fair coin are heads."""
    return float(special.bdtr(few, throws, 0.5))


def sign_test(wins: int, losses: int) -> float:
    """Two-sided p of wins against losses being even; ties say nothing. 1 where all are ties."""
    return min(1.0, 2 * at_most(min(wins, losses), wins + losses))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for there being many of them, in the order given.

    Source: Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


class Resampling:
    """Draws of photos, the same for every pair of rows, so that pairs can be compared.

    ``groups`` names each photo's object: photos of one object are drawn together, since they are no
    independent evidence.
    """

    def __init__(self, groups: Sequence[str]) -> None:
        rng = np.random.default_rng(SEED)
        _, self._number = np.unique(np.asarray(groups), return_inverse=True)
        count = int(self._number.max()) + 1
        draws = rng.integers(0, count, (RESAMPLES, count))
        self._times = np.zeros((count, RESAMPLES), np.int32)  # how often each draw has each group
        np.add.at(self._times, (draws, np.arange(RESAMPLES)[:, None]), 1)

    def median_interval(self, differences: Values) -> Interval | None:
        """The percentile bootstrap interval of the median of paired differences.

        ``differences`` are float64 in the order of the groups. None below ``FEWEST`` groups, whose
        draws would make it too narrow. Source: Efron and Tibshirani, An Introduction to the
        Bootstrap, 13.3.
        """
        if len(self._times) < FEWEST:
            return None
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(self._medians(differences), [tail, 1 - tail])
        return Interval(float(low), float(high))

    def _medians(self, differences: Values) -> Values:
        """The median of each draw, which has each photo as often as its object was drawn."""
        order = np.argsort(differences, kind="stable")
        ordered = differences[order]
        counts = self._times[self._number[order]].cumsum(axis=0, dtype=np.int32)
        total = counts[-1]
        lower = (counts < (total + 1) // 2).sum(axis=0)
        upper = (counts < total // 2 + 1).sum(axis=0)
        return np.asarray((ordered[lower] + ordered[upper]) / 2, np.float64)


@dataclass(frozen=True)
class Ranks:
    """Mean ranks of several rows over the same photos, 1 the best.

    ``friedman_p`` is of all rows being alike. Rows whose mean ranks lie within
    ``critical_difference`` of one another are not told apart at 5 %.
    """

    means: tuple[float, ...]
    friedman_p: float
    critical_difference: float


def mean_ranks(ious: Values) -> Ranks:
    """Ranks of rows (float64 rows×photos, at least 2×2), equal ones sharing theirs.

    Source: Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, 2006.
    """
    rows, photos = ious.shape
    better = (ious > ious[:, None]).sum(axis=1)
    alike = (ious == ious[:, None]).sum(axis=1)  # itself among them
    ranks = better + (alike + 1) / 2
    q = _range_of_normals(rows) / math.sqrt(2)
    return Ranks(
        means=tuple(float(mean) for mean in ranks.mean(axis=1)),
        friedman_p=_friedman(ranks),
        critical_difference=float(q * math.sqrt(rows * (rows + 1) / (6 * photos))),
    )


def _friedman(ranks: Values) -> float:
    """Friedman's test with its correction for ties, as scipy's but from two rows on."""
    rows, photos = ranks.shape
    spread = ((ranks - (rows + 1) / 2) ** 2).sum()
    if spread == 0:
        return 1.0
    between = ((ranks.mean(axis=1) - (rows + 1) / 2) ** 2).sum() * photos
    return float(special.chdtrc(rows - 1, (rows - 1) * photos * between / spread))


def _range_of_normals(count: int) -> float:
    """What the range of so many standard normal draws stays below with ``CONFIDENCE``.

    The studentized range at infinite degrees of freedom, by the trapezoid rule and bisection.
    """
    lowest = np.linspace(-9, 9, 1801)
    density = np.exp(-(lowest**2) / 2) / math.sqrt(2 * math.pi)

    def chance(width: float) -> float:
        others = special.ndtr(lowest + width) - special.ndtr(lowest)
        return float(count * np.sum(density * others ** (count - 1)) * (lowest[1] - lowest[0]))

    low, high = 0.0, 20.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if chance(middle) < CONFIDENCE else (low, middle)
    return high


def wins_ties_losses(differences: Values, margins: Sequence[float]) -> list[tuple[int, int, int]]:
    """Wins, ties and losses at each margin: a difference beyond it is won or lost."""
    counts = []
    for margin in margins:
        edge = margin + 1e-12  # 0.92 - 0.90 is a little over 0.02 in binary
        wins, losses = int((differences > edge).sum()), int((differences < -edge).sum())
        counts.append((wins, len(differences) - wins - losses, losses))
    return counts
