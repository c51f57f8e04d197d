"""Growth of a model process's memory from photo to photo, and whether it is a leak.

Growth is the Theil–Sen slope (Sen 1968) of resident memory after each photo, in the order of
prediction and without the first ``WARM_UP`` photos. It is measured on the process that predicted
the most photos, if those are at least ``LEAST_PHOTOS``. The slope is a median over all pairs of
photos, so single peaks do not move it. It counts as a leak if the lower end of its 99 % interval
exceeds ``LEAK_MIB`` in both halves of the run: noise widens the interval, and caches or buffers for
the largest photo level off in the second half.
"""

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from evaluate.compare.statistics import median_of_sorted
from evaluate.store.formats.csv_columns import FloatColumn

WARM_UP = 5
LEAST_PHOTOS = 20
LEAK_MIB = 0.5
LEAK_CONFIDENCE = 0.99
MOST_POINTS = 500  # time and memory grow with the square of the points


@dataclass(frozen=True)
class Growth:
    """Slope in MiB per photo over ``photos`` photos, and whether it is a leak."""

    mib_per_photo: float
    photos: int
    leak: bool


def growth(rss_bytes: FloatColumn, session: FloatColumn) -> Growth | None:
    """The growth over a run's predictions, in their order; None if there are too few.

    ``rss_bytes`` and ``session`` (NaN: unknown) are as in ``evaluate.store.prediction_table``.
    """
    sized = ~np.isnan(rss_bytes)
    of = np.nan_to_num(session[sized], nan=-1)  # old runs do not store the session
    sessions, first, counts = np.unique(of, return_index=True, return_counts=True)
    if not len(sessions):
        return None
    longest = sessions[np.lexsort((first, -counts))[0]]
    mib = rss_bytes[sized][of == longest][WARM_UP:] / 2**20
    if (photos := len(mib)) < LEAST_PHOTOS:
        return None
    halves = mib[: photos // 2], mib[photos // 2 :]
    slopes = _slopes(mib)
    slopes.sort()
    return Growth(median_of_sorted(slopes), photos, all(_surely_grows(half) for half in halves))


def _step(mib: FloatColumn) -> int:
    return -(-len(mib) // MOST_POINTS)


def _slopes(mib: FloatColumn) -> FloatColumn:
    """The slopes of all pairs of photos, in MiB per photo, in no particular order."""
    step = _step(mib)
    points = mib[::step]
    rises = [points[apart:] - points[:-apart] for apart in range(1, len(points))]
    slopes = np.concatenate(rises)
    slopes /= _distances(len(points), step)  # in place, as new memory is what takes time here
    return slopes


@cache  # the same for all rows of a table
def _distances(n: int, step: int) -> FloatColumn:
    """How many photos lie between the points of each pair of ``n``, in the order of ``_slopes``."""
    apart = np.arange(1, n)
    return np.repeat(apart * float(step), n - apart)


def _surely_grows(mib: FloatColumn) -> bool:
    """Whether the lower end of the slope's interval exceeds ``LEAK_MIB``.

    As of ``scipy.stats.theilslopes``, whose import takes longer than a comparison.
    """
    slopes = _slopes(mib)
    n = len(mib[:: _step(mib)])
    sigma = math.sqrt(n * (n - 1) * (2 * n + 5) / 18)  # standard deviation of Kendall's S
    width = NormalDist().inv_cdf((1 + LEAK_CONFIDENCE) / 2) * sigma
    low = max(round((len(slopes) - width) / 2) - 1, 0)
    return int(np.count_nonzero(slopes <= LEAK_MIB)) <= low
