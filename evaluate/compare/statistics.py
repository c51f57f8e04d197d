"""Confidence intervals, tests and ranks over the IoUs of the same photos.

No normal distribution is assumed, since IoUs have none.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from evaluate.compare.distributions import (
    beta_quantile,
    chi_square_tail,
    coin_cdf,
    normal_range_quantile,
)

CONFIDENCE = 0.95
FEWEST = 6  # values or objects that a 95 % interval needs
TIE_SLACK = 1e-12  # 0.92 - 0.90 is slightly more than 0.02 in binary

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """Lower and upper end, both inclusive."""

    low: float
    high: float


def median_interval(values: Sequence[float] | Values) -> Interval | None:
    """The exact interval of the median at ``CONFIDENCE`` from order statistics; no resampling.

    It spans the k-th smallest to the k-th largest value, with the largest k whose binomial tail is
    at most half the error. None for fewer than six values, which cannot give 95 %.
    Source: Conover, Practical Nonparametric Statistics (3rd ed.), 3.2.
    """
    k = _median_rank(len(values))
    if k < 1:
        return None
    low, high = np.partition(values, [k - 1, len(values) - k])[[k - 1, -k]]
    return Interval(float(low), float(high))


def median_with_interval(values: Values) -> tuple[float, Interval | None]:
    """Median and ``median_interval`` of at least one value, which are ordered once for both."""
    ordered = np.sort(values)  # faster than to partition at four places
    k = _median_rank(len(ordered))
    interval = Interval(float(ordered[k - 1]), float(ordered[-k])) if k else None
    return median_of_sorted(ordered), interval


@cache  # called for every slice and row
def _median_rank(n: int) -> int:
    return bisect_right(range(n), (1 - CONFIDENCE) / 2, key=lambda k: coin_cdf(k, n))


def share_interval(count: int, total: int) -> Interval:
    """The exact interval at ``CONFIDENCE`` of a share, ``count`` of ``total`` (at least 1).

    Source: Clopper, Pearson, The use of confidence or fiducial limits illustrated in the case of
    the binomial, 1934.
    """
    error, others = (1 - CONFIDENCE) / 2, total - count
    low = beta_quantile(error, count, others + 1) if count else 0.0
    high = beta_quantile(1 - error, count + 1, others) if others else 1.0
    return Interval(low, high)


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
    ranks = np.empty(ious.shape)
    for own, row in zip(ranks, ious, strict=True):
        better = (ious > row).sum(axis=0, dtype=np.int32)
        equal = (ious == row).sum(axis=0, dtype=np.int32)  # including itself
        own[:] = better + (equal + 1) / 2
    q = normal_range_quantile(rows, CONFIDENCE) / math.sqrt(2)
    return Ranks(
        means=tuple(float(mean) for mean in ranks.mean(axis=1)),
        friedman_p=_friedman(ranks),
        critical_difference=float(q * math.sqrt(rows * (rows + 1) / (6 * photos))),
    )


def _friedman(ranks: Values) -> float:
    """p-value of Friedman's test, corrected for ties; as scipy's, but for two rows or more."""
    rows, photos = ranks.shape
    spread = sum(float(((own - (rows + 1) / 2) ** 2).sum()) for own in ranks)
    if spread == 0:
        return 1.0
    between = ((ranks.mean(axis=1) - (rows + 1) / 2) ** 2).sum() * photos
    return chi_square_tail(float((rows - 1) * photos * between / spread), rows - 1)


def wins_and_losses(differences: Values, margin: float) -> tuple[int, int]:
    """Wins and losses at one margin, for which nothing is sorted."""
    edge = margin + TIE_SLACK
    return int(np.count_nonzero(differences > edge)), int(np.count_nonzero(differences < -edge))


def wins_ties_losses_of_sorted(
    ordered: Values, margins: Sequence[float]
) -> list[tuple[int, int, int]]:
    """Wins, ties and losses at each margin; a difference beyond the margin is a win or a loss.

    ``ordered`` are the differences in ascending order.
    """
    edges = np.array(margins) + TIE_SLACK
    losses = np.searchsorted(ordered, -edges, "left").tolist()
    wins = (len(ordered) - np.searchsorted(ordered, edges, "right")).tolist()
    return [(w, len(ordered) - w - lost, lost) for w, lost in zip(wins, losses, strict=True)]


def median_of_sorted(ordered: Values) -> float:
    """The median of values that are sorted in ascending order, of which there are any."""
    middle = len(ordered) // 2
    return float(ordered[(len(ordered) - 1) // 2 : middle + 1].mean())
