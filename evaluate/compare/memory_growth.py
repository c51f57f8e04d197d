"""Whether a process holds more memory after every photo.

Growth is the Theil–Sen slope (Sen 1968) of the memory a process holds after each photo, over the
photos in the order they were asked, without the first ``WARM_UP``; of the process that answered
most photos, from ``LEAST_PHOTOS`` on. It is the median over all pairs, so single peaks do not move
it. A leak is called where the lower end of the slope's 99 % interval lies above ``LEAK_MIB`` in the
first half and in the second: noise widens the interval, and what fills a cache or makes room for
the largest photo yet levels off.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from evaluate.store.run_folder import PredictionRecord

WARM_UP = 5
LEAST_PHOTOS = 20
LEAK_MIB = 0.5
CONFIDENCE = 0.99
MOST_POINTS = 500  # the slope takes time and memory by their square


@dataclass(frozen=True)
class Growth:
    """MiB a photo over ``photos`` photos, and whether that is a leak."""

    mib_per_photo: float
    photos: int
    leak: bool


def growth(predictions: Iterable[PredictionRecord]) -> Growth | None:
    """The growth over a run's predictions, in their order; None where they are too few."""
    sessions: dict[int | None, list[float]] = {}
    for prediction in predictions:
        if prediction.rss_bytes is not None:
            held = sessions.setdefault(prediction.session, [])
            held.append(prediction.rss_bytes / 2**20)
    mib = np.array(max(sessions.values(), key=len, default=[])[WARM_UP:])
    if (photos := len(mib)) < LEAST_PHOTOS:
        return None
    slope, _ = _slope(mib)
    halves = mib[: photos // 2], mib[photos // 2 :]
    return Growth(slope, photos, all(_slope(half)[1] > LEAK_MIB for half in halves))


def _slope(mib: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
    """The slope and the lower end of its interval, in MiB a photo; ``scipy.stats.theilslopes``,
    whose import takes longer than a comparison.
    """
    photo = np.arange(0, len(mib), -(-len(mib) // MOST_POINTS))
    n = len(photo)
    first, second = np.triu_indices(n, 1)
    rise = mib[photo[second]] - mib[photo[first]]
    slopes = np.sort(rise / (photo[second] - photo[first]))
    sigma = math.sqrt(n * (n - 1) * (2 * n + 5) / 18)  # of Kendall's S
    width = NormalDist().inv_cdf((1 + CONFIDENCE) / 2) * sigma
    low = max(round((len(slopes) - width) / 2) - 1, 0)
    return float(np.median(slopes)), float(slopes[low])
