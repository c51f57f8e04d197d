"""How many more photos until two rows would separate, if their difference stays as it is today.

The objects that were scored (photos, or the photos of one ``group`` together) are resampled with
replacement to a larger number, and the sign test is applied to each resample: its power is the
share of resamples in which the test separates the rows. The number of photos at which the power
reaches ``POWER`` is searched. Its uncertainty is that of today's difference: the search is repeated
on resamples of the scored objects themselves.

The sign test needs only the wins and losses of a resample, so objects with equal wins, losses and
photos are one category, and a resample is one multinomial draw.
"""

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from evaluate.compare.distributions import coin_cdf
from evaluate.compare.statistics import CONFIDENCE, TIE_SLACK, Values

POWER = 0.8
MOST_PHOTOS = 10_000  # the search goes no further than so many more photos
_RESAMPLES = 400  # for each power
_REPEATS = 200  # of the search, for its uncertainty
_STEPS = 64  # sizes that are tried, equally spaced in their logarithm
_EXACT = 300  # tosses up to which critical values are exact; beyond, by the normal distribution
_SEED = 0

Outcomes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class PhotosNeeded:
    """More photos until two rows separate with probability ``POWER``, and its interval.

    None, the highest value: more than ``most``.
    """

    photos: int | None
    low: int | None
    high: int | None
    most: int = MOST_PHOTOS


def photos_needed(
    differences: Values, objects: npt.NDArray[np.intp], margin_iou: float, level: float
) -> PhotosNeeded:
    """How many more photos until the sign test of two rows has a p below ``level``.

    ``differences`` (float64) are the paired differences in IoU, ``objects`` the number of each
    photo's object, from 0 without gaps.
    """
    kinds, counts = _categories(differences, objects, margin_iou)
    search = _Search(kinds, int(counts.sum()), level)
    shares = counts / counts.sum()
    found = search.more(shares, np.random.default_rng(_SEED))
    rng = np.random.default_rng(_SEED + 1)
    again = rng.multinomial(search.objects, shares, _REPEATS) / search.objects
    spread = sorted(
        (search.more(own, np.random.default_rng(_SEED)) for own in again),
        key=lambda photos: math.inf if photos is None else photos,
    )
    out = int(_REPEATS * (1 - CONFIDENCE) / 2)
    return PhotosNeeded(found, spread[out], spread[-1 - out])


def _categories(
    differences: Values, objects: npt.NDArray[np.intp], margin_iou: float
) -> tuple[Outcomes, Outcomes]:
    """Wins, losses and photos (categories×3), and how many objects have them."""
    edge = margin_iou + TIE_SLACK
    wins, losses = (np.bincount(objects, d > edge).astype(int) for d in (differences, -differences))
    sizes = np.bincount(objects)
    base = int(sizes.max()) + 1  # a category as one number, which is faster than a row of three
    coded, counts = np.unique((wins * base + losses) * base + sizes, return_counts=True)
    return np.stack([coded // base**2, coded // base % base, coded % base], axis=1), counts


class _Search:
    """The smallest number of objects with enough power.

    ``kinds`` (int categories×3) has wins, losses and photos of an object of each category.
    """

    def __init__(self, kinds: Outcomes, objects: int, level: float) -> None:
        self.kinds, self.objects, self.level = kinds, objects, level

    def more(self, shares: Values, rng: np.random.Generator) -> int | None:
        """So many more photos, if objects of each category have these ``shares``; None: too many.

        The power hardly ever falls with the number of objects, so the sizes are searched by halves.
        """
        per_object = float(shares @ self.kinds[:, 2])
        sizes = self._sizes(per_object)
        if not self._has_power(sizes[-1], shares, rng):
            return None
        low, high = -1, len(sizes) - 1  # the power is too low at ``low``, and not at ``high``
        while high - low > 1:
            middle = (low + high) // 2
            if self._has_power(sizes[middle], shares, rng):
                high = middle
            else:
                low = middle
        return round((sizes[high] - self.objects) * per_object)

    def _sizes(self, per_object: float) -> list[int]:
        """Numbers of objects to try, from those there are."""
        more = np.geomspace(1, MOST_PHOTOS / per_object, _STEPS)
        return [self.objects, *sorted({self.objects + max(1, round(each)) for each in more})]

    def _has_power(self, objects: int, shares: Values, rng: np.random.Generator) -> bool:
        drawn = rng.multinomial(objects, shares, _RESAMPLES) @ self.kinds
        wins, losses = drawn[:, 0], drawn[:, 1]
        separated = np.minimum(wins, losses) <= critical_losses(wins + losses, self.level)
        return float(separated.mean()) >= POWER


def critical_losses(decided: Outcomes, level: float) -> Outcomes:
    """The most losses (or wins) with which the sign test has a p below ``level``; -1 if none has.

    ``decided`` are wins plus losses.
    """
    exact = _exact_critical(level)[np.minimum(decided, _EXACT)]
    z = NormalDist().inv_cdf(1 - level / 2)
    near = np.floor(decided / 2 - 0.5 - z * np.sqrt(decided) / 2).astype(np.int64)
    return np.where(decided <= _EXACT, exact, near)


@cache
def _exact_critical(level: float) -> Outcomes:
    """The same for 0 to ``_EXACT`` decided photos."""
    found, most = [], -1
    for decided in range(_EXACT + 1):
        if 2 * (most + 1) < decided and 2 * coin_cdf(most + 1, decided) < level:
            most += 1  # one more photo never allows two more losses, nor fewer
        found.append(most)
    return np.array(found)
