"""The bootstrap interval of the median of paired differences, at any number of photos.

A resample of n photos, drawn with replacement, is n uniform numbers U: photo floor(n·U) of the
sorted ones is drawn. Its k-th smallest difference is therefore at floor(n·U(k)), and the k-th
smallest of n uniform numbers has the distribution Beta(k, n - k + 1): the resample's median is
drawn without drawing the resample. Photos of one object are drawn together, so that the size of a
resample varies; then whole resamples are drawn, a few at a time.
docs/decisions/0021-medians-of-resamples-are-drawn-directly.md has the proof.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluate.compare.statistics import CONFIDENCE, FEWEST, Interval, Values

RESAMPLES = 4999
SEED = 0
_CELLS = 2**24  # photos × resamples that are held at once
_BAND = 8  # standard deviations around the middle in which the medians are looked for first

Indices = npt.NDArray[np.intp]
Counts = npt.NDArray[np.integer[Any]]


class Resampling:
    """Bootstrap samples of photos, the same for every pair of rows, so that pairs are comparable.

    ``groups`` has the object of each of ``photos``: those of one object are drawn together, since
    they are not independent. Without it, each photo is an object of its own.
    """

    def __init__(self, photos: int, groups: Sequence[str] = ()) -> None:
        self._group, self._count = np.arange(photos), photos
        if groups:
            names, self._group = np.unique(np.asarray(groups), return_inverse=True)
            self._count = len(names)

    def median_intervals(self, differences: Sequence[Values]) -> list[Interval | None]:
        """The percentile bootstrap interval of the median of each of the paired differences.

        ``differences`` are float64 in the order of the photos. None for fewer than ``FEWEST``
        objects, since the interval would be too narrow.
        Source: Efron and Tibshirani, An Introduction to the Bootstrap, 13.3.
        """
        if self.alone:
            return [self.interval_of_sorted(np.sort(each)) for each in differences]
        if self._count < FEWEST:
            return [None] * len(differences)
        return [_middle_part(medians) for medians in self._of_groups(differences)]

    @property
    def alone(self) -> bool:
        """Whether each photo is an object of its own."""
        return self._count == len(self._group)

    def interval_of_sorted(self, ordered: Values) -> Interval | None:
        """The same of differences that are sorted in ascending order, if photos are ``alone``."""
        if self._count < FEWEST:
            return None
        lower, upper = self._middle_places
        return _middle_part((ordered[lower] + ordered[upper]) / 2)

    @cached_property
    def _middle_places(self) -> tuple[Indices, Indices]:
        return middle_places(len(self._group), RESAMPLES)

    def _of_groups(self, differences: Sequence[Values]) -> list[Values]:
        """A photo counts as often as its object was drawn."""
        sizes = np.bincount(self._group)
        orders = [np.argsort(each, kind="stable") for each in differences]
        reach = int(_BAND * np.sqrt((sizes.astype(float) ** 2).sum())) + 1
        first = max(len(self._group) // 2 - reach, 0)
        # Of each group, how many photos are below the band, for all differences at once.
        below = np.array([
            np.bincount(self._group[order[:first]], minlength=self._count) for order in orders
        ], np.float64)  # fmt: skip
        medians: list[list[Values]] = [[] for _ in differences]
        for times in self._draws():
            total = sizes @ times
            under = (below @ times.astype(np.float64)).astype(np.int64)  # exact: whole numbers
            for each, order, before, found in zip(differences, orders, under, medians, strict=True):
                band = order[first : len(order) - first]
                places = _weighted_middle(times[self._group[band]], before, total)
                if places is None:  # a median outside the band
                    band = order
                    nothing = np.zeros_like(before)
                    places = _weighted_middle(times[self._group[band]], nothing, total)
                assert places is not None  # noqa: S101 - the whole has every median
                ordered = each[band]
                found.append((ordered[places[0]] + ordered[places[1]]) / 2)
        return [np.concatenate(found) for found in medians]

    def _draws(self) -> Iterator[Counts]:
        """How often each group was drawn (groups×resamples), in chunks of resamples."""
        rng = np.random.default_rng(SEED)
        together = max(1, _CELLS // len(self._group))
        small = np.int16 if self._count < 2**15 else np.int32
        for start in range(0, RESAMPLES, together):
            size = min(together, RESAMPLES - start)
            draws = rng.integers(0, self._count, (size, self._count))
            draws += self._count * np.arange(size)[:, None]
            times = np.bincount(draws.ravel(), minlength=size * self._count)
            yield times.reshape(size, self._count).T.astype(small, order="C")


def _middle_part(medians: Values) -> Interval:
    """The interval that leaves out as many of the medians below as above."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(medians, [tail, 1 - tail])
    return Interval(float(low), float(high))


def middle_places(n: int, resamples: int) -> tuple[Indices, Indices]:
    """Where the two middle values of resamples of n sorted values come from; for odd n, the one."""
    rng = np.random.default_rng(SEED)
    k = (n + 1) // 2
    low = rng.beta(k, n - k + 1, resamples)
    # The next one is the least of n - k uniform numbers between the k-th and 1.
    high = low if n % 2 else 1 - (1 - low) * rng.beta(n - k, 1, resamples)
    lower, upper = (np.minimum((n * u).astype(np.intp), n - 1) for u in (low, high))
    return lower, upper


def _weighted_middle(
    times: Counts, before: Counts, total: Counts
) -> tuple[Indices, Indices] | None:
    """Indices of each resample's middle values among sorted photos that were drawn ``times``.

    ``before`` many values of each resample lie below the first photo, ``total`` are in it. None if
    a middle value is not among the photos.
    """
    counts = times.cumsum(axis=0, dtype=np.int64) + before
    low, high = (total + 1) // 2, total // 2 + 1
    if (before >= low).any() or (counts[-1] < high).any():
        return None
    return (counts < low).sum(axis=0), (counts < high).sum(axis=0)
