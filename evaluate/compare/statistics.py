"""Confidence intervals, tests and ranks over the IoUs of the same photos.

No normal distribution is assumed, since IoUs have none.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

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
_BLOCK = 2**15  # photos at a time, which stay in the processor's cache
_STEPS = (
    1.5 * 2.0 ** (52 - 30),
    1.5 * 2.0 ** (52 - 60),
)  # adding one rounds to 30 and 60 binary places
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
    """Median and ``median_interval`` of at least one value."""
    n = len(values)
    k = _median_rank(n)
    ends = [k - 1, n - k] if k else []
    found = _smallest(values, [*ends[:1], (n - 1) // 2, n // 2, *ends[1:]])
    interval = Interval(found[0], found[-1]) if k else None
    middle = found[1:3] if k else found
    return (middle[0] + middle[1]) / 2, interval


def median(values: Values) -> float:
    """The median of at least one value."""
    low, high = _smallest(values, [(len(values) - 1) // 2, len(values) // 2])
    return (low + high) / 2


def _smallest(values: Values, places: Sequence[int]) -> list[float]:
    """The values at ascending ``places`` of the sorted values.

    Each is looked for above the one before: one place at a time is faster than numpy's partition at
    several, and than to sort.
    """
    rest, first, found = values, 0, list[float]()
    for place in places:
        rest = np.partition(rest, place - first)[place - first :]
        first = place
        found.append(float(rest[0]))
    return found


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


def mean_ranks(ious: Sequence[Values] | Values) -> Ranks:
    """Mean ranks of rows by ``ious`` (float64 rows×photos, at least 2×2); ties share a rank.

    Source: Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, 2006.
    """
    rows, photos = len(ious), len(ious[0])
    sums, squares = np.zeros(rows, np.int64), 0
    for start in range(0, photos, _BLOCK):
        behind = _behind([row[start : start + _BLOCK] for row in ious])
        sums += behind.sum(axis=1)
        squares += int((behind**2).sum())
    means = (photos * (rows + 1) + sums) / 2 / photos  # of whole numbers, so exact
    q = normal_range_quantile(rows, CONFIDENCE) / math.sqrt(2)
    return Ranks(
        means=tuple(means.tolist()),
        friedman_p=_friedman(means, squares / 4, photos),
        critical_difference=float(q * math.sqrt(rows * (rows + 1) / (6 * photos))),
    )


def _behind(ious: Sequence[Values]) -> npt.NDArray[np.int32]:
    """By how many more rows a row is beaten than it beats (rows×photos): its rank is half of
    that above the middle one.
    """
    behind = np.zeros((len(ious), len(ious[0])), np.int32)
    for first, second in combinations(range(len(ious)), 2):
        a, b = ious[first], ious[second]
        lead = (a > b).view(np.int8) - (a < b).view(np.int8)
        behind[first] -= lead
        behind[second] += lead
    return behind


def _friedman(means: Values, spread: float, photos: int) -> float:
    """p-value of Friedman's test, corrected for ties; as scipy's, but for two rows or more.

    ``spread`` is the sum of all squared distances of a rank from the middle one.
    """
    rows = len(means)
    if spread == 0:
        return 1.0
    between = ((means - (rows + 1) / 2) ** 2).sum() * photos
    return chi_square_tail(float((rows - 1) * photos * between / spread), rows - 1)


def wins_and_losses(differences: Values, margin: float) -> tuple[int, int]:
    """Wins and losses at one margin, for which nothing is sorted."""
    edge = margin + TIE_SLACK
    return int(np.count_nonzero(differences > edge)), int(np.count_nonzero(differences < -edge))


def outcome_signs(differences: Values, margin: float) -> Values:
    """1.0 where a difference is a win, -1.0 where it is a loss, 0.0 where it is a tie."""
    edge = margin + TIE_SLACK
    return (differences > edge).astype(np.float64) - (differences < -edge)


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


def exact_mean(values: Values) -> float:
    """The mean of values from 0 to 1, as ``statistics.fmean`` has it, in a tenth of its time.

    Each is split into a multiple of 2⁻³⁰, one of 2⁻⁶⁰ and what small values leave of it. Sums of so
    few multiples are exact.
    """
    sums: list[float] = []
    for start in range(0, len(values), _BLOCK):
        rest = values[start : start + _BLOCK]
        for step in _STEPS:
            part = (rest + step) - step
            sums.append(float(part.sum()))
            rest = rest - part
        sums += rest[np.flatnonzero(rest)].tolist()
    return math.fsum(sums) / len(values)


def quantiles_of_sorted(ordered: Values, shares: Sequence[float]) -> list[float]:
    """As ``numpy.quantile``, without its search for the two values around each place."""
    places = (len(ordered) - 1) * np.asarray(shares)
    below = np.floor(places)
    pairs = [ordered[[int(at), min(int(at) + 1, len(ordered) - 1)]] for at in below]
    return [float(np.quantile(*one)) for one in zip(pairs, places - below, strict=True)]


def median_of_sorted(ordered: Values) -> float:
    """The median of values that are sorted in ascending order, of which there are any."""
    middle = len(ordered) // 2
    return float(ordered[(len(ordered) - 1) // 2 : middle + 1].mean())
