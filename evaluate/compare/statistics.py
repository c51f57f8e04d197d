"""Confidence intervals, tests and ranks over the IoUs of the same photos.

No normal distribution is assumed, since IoUs have none. Resampling starts from a fixed seed, so
that the same scores give the same table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import special  # scipy.stats has the same functions, but is slow to import

CONFIDENCE = 0.95
RESAMPLES = 4999
SEED = 0
FEWEST = 6  # values or objects that a 95 % interval needs
TIE_SLACK = 1e-12  # 0.92 - 0.90 is slightly more than 0.02 in binary

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Lower and upper end, both inclusive."""

    low: float
    high: float


def median_interval(values: Sequence[float]) -> Interval | None:
    """The exact interval of the median at ``CONFIDENCE`` from order statistics; no resampling.

    It spans the k-th smallest to the k-th largest value, with the largest k whose binomial tail is
    at most half the error. None for fewer than six values, which cannot give 95 %.
    Source: Conover, Practical Nonparametric Statistics (3rd ed.), 3.2.
    """
    k = _median_rank(len(values))
    if k < 1:
        return None
    ordered = sorted(values)
    return Interval(ordered[k - 1], ordered[-k])


@cache  # called for every slice and row
def _median_rank(n: int) -> int:
    k = 0
    while coin_cdf(k, n) <= (1 - CONFIDENCE) / 2:
        k += 1
    return k


def coin_cdf(heads: int, tosses: int) -> float:
    """The probability of at most ``heads`` heads in ``tosses`` tosses of a fair coin."""
    return float(special.bdtr(heads, tosses, 0.5))


def sign_test(wins: int, losses: int) -> float:
    """Two-sided p-value of wins being as likely as losses; ties are ignored. 1 if all are ties."""
    return min(1.0, 2 * coin_cdf(min(wins, losses), wins + losses))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for multiple tests, in the order given.

    Source: Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


class Resampling:
    """Bootstrap samples of photos, the same for every pair of rows, so that pairs are comparable.

    ``groups`` has the object of each photo: photos of one object are drawn together, since they are
    not independent.
    """

    def __init__(self, groups: Sequence[str]) -> None:
        rng = np.random.default_rng(SEED)
        _, self._number = np.unique(np.asarray(groups), return_inverse=True)
        count = int(self._number.max()) + 1
        draws = rng.integers(0, count, (RESAMPLES, count))
        self._times = np.zeros((count, RESAMPLES), np.int32)  # of each group in each draw
        np.add.at(self._times, (draws, np.arange(RESAMPLES)[:, None]), 1)

    def median_interval(self, differences: Values) -> Interval | None:
        """The percentile bootstrap interval of the median of paired differences.

        ``differences`` are float64 in the order of ``groups``. None for fewer than ``FEWEST``
        objects, since the interval would be too narrow.
        Source: Efron and Tibshirani, An Introduction to the Bootstrap, 13.3.
        """
        if len(self._times) < FEWEST:
            return None
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(self._medians(differences), [tail, 1 - tail])
        return Interval(float(low), float(high))

    def _medians(self, differences: Values) -> Values:
        """The median of each draw; a photo counts as often as its object was drawn."""
        order = np.argsort(differences, kind="stable")
        ordered = differences[order]
        counts = self._times[self._number[order]].cumsum(axis=0, dtype=np.int32)
        total = counts[-1]
        lower = (counts < (total + 1) // 2).sum(axis=0)
        upper = (counts < total // 2 + 1).sum(axis=0)
        return np.asarray((ordered[lower] + ordered[upper]) / 2, np.float64)


@dataclass(frozen=True)
class Ranks:
    """Mean ranks of several rows over the same photos; 1 is the best.

    ``friedman_p`` tests whether all rows are equally good. Rows whose mean ranks differ by less
    than ``critical_difference`` do not differ significantly at 5 %.
    """

    means: tuple[float, ...]
    friedman_p: float
    critical_difference: float


def mean_ranks(ious: Values) -> Ranks:
    """Mean ranks of rows by ``ious`` (float64 rows×photos, at least 2×2); ties share a rank.

    Source: Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, 2006.
    """
    rows, photos = ious.shape
    better = (ious > ious[:, None]).sum(axis=1)
    equal = (ious == ious[:, None]).sum(axis=1)  # including itself
    ranks = better + (equal + 1) / 2
    q = _range_of_normals(rows) / math.sqrt(2)
    return Ranks(
        means=tuple(float(mean) for mean in ranks.mean(axis=1)),
        friedman_p=_friedman(ranks),
        critical_difference=float(q * math.sqrt(rows * (rows + 1) / (6 * photos))),
    )


def _friedman(ranks: Values) -> float:
    """p-value of Friedman's test, corrected for ties; as scipy's, but for two rows or more."""
    rows, photos = ranks.shape
    spread = ((ranks - (rows + 1) / 2) ** 2).sum()
    if spread == 0:
        return 1.0
    between = ((ranks.mean(axis=1) - (rows + 1) / 2) ** 2).sum() * photos
    return float(special.chdtrc(rows - 1, (rows - 1) * photos * between / spread))


def _range_of_normals(count: int) -> float:
    """The ``CONFIDENCE`` quantile of the range of ``count`` standard normal values.

    The studentized range at infinite degrees of freedom, by the trapezoid rule and bisection.
    """
    lowest = np.linspace(-9, 9, 1801)
    density = np.exp(-(lowest**2) / 2) / math.sqrt(2 * math.pi)

    def probability(width: float) -> float:
        others = special.ndtr(lowest + width) - special.ndtr(lowest)
        return float(count * np.sum(density * others ** (count - 1)) * (lowest[1] - lowest[0]))

    low, high = 0.0, 20.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) < CONFIDENCE else (low, middle)
    return high


def wins_ties_losses(differences: Values, margins: Sequence[float]) -> list[tuple[int, int, int]]:
    """Wins, ties and losses at each margin; a difference beyond the margin is a win or a loss."""
    counts = []
    for margin in margins:
        edge = margin + TIE_SLACK
        wins, losses = int((differences > edge).sum()), int((differences < -edge).sum())
        counts.append((wins, len(differences) - wins - losses, losses))
    return counts
