"""Which setting is best on all photos, and how good such a choice is on photos it has not seen.

A setting chosen on the scored photos looks better than it is: of many, one fits their noise. So the
photos are split into folds; for each fold, the setting is chosen on the other folds and counts with
its IoU on this one. Photos of one object stay in one fold.
Source: Stone, Cross-Validatory Choice and Assessment of Statistical Predictions, 1974.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluate.compare.statistics import CONFIDENCE, FEWEST, Interval, Values

FOLDS = 10
_RESAMPLES = 1999
_SEED = 0
_CELLS = 2**20  # photos × resamples that are held at once
_ROUNDING = 12  # decimals to which medians are compared

Objects = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Gain:
    """What a choice gains: the difference of the medians, and its interval over objects.

    ``interval`` is None for fewer than six objects.
    """

    median: float
    gain: float
    interval: Interval | None


@dataclass(frozen=True)
class CrossValidation:
    """``chosen`` is the index of the setting that is best on all photos, with its ``in_sample``.

    ``held_out`` is the gain on photos on which the setting was not chosen, ``by_fold`` the setting
    that was chosen for each fold.
    """

    chosen: int
    in_sample: Gain
    held_out: Gain
    by_fold: tuple[int, ...]


def cross_validate(ious: Values, now: int, objects: Objects) -> CrossValidation:
    """Choose the setting with the highest median IoU.

    ``ious`` (float64 settings×photos) are in the order of preference where medians are equal; the
    present setting, ``now``, is preferred to all. ``objects`` has the number of each photo's
    object, from 0 without gaps; there are at least two.
    """
    folds = _folds(objects)
    by_fold = []
    held_out = np.empty(ious.shape[1])
    for fold in range(int(folds.max()) + 1):
        own = folds == fold
        best = best_setting(ious[:, ~own], now)
        by_fold.append(best)
        held_out[own] = ious[best, own]
    chosen = best_setting(ious, now)
    return CrossValidation(
        chosen,
        gain_of(ious[chosen], ious[now], objects),
        gain_of(held_out, ious[now], objects),
        tuple(by_fold),
    )


def best_setting(ious: Values, now: int) -> int:
    """The index of the setting with the highest median over photos."""
    medians = np.round(np.median(ious, axis=1), _ROUNDING)
    return now if medians[now] == medians.max() else int(medians.argmax())


def gain_of(ious: Values, before: Values, objects: Objects) -> Gain:
    """The gain of IoUs over others of the same photos (float64), whose objects are resampled."""
    gain = float(np.median(ious) - np.median(before))
    return Gain(float(np.median(ious)), gain, _interval(ious, before, objects))


def _interval(ious: Values, before: Values, objects: Objects) -> Interval | None:
    """The percentile bootstrap interval of the difference of the medians."""
    count = int(objects.max()) + 1
    if count < FEWEST:
        return None
    members = _members(objects, count)
    rng = np.random.default_rng(_SEED)
    found: list[float] = []
    together = max(1, _CELLS // count)
    for start in range(0, _RESAMPLES, together):
        drawn = rng.integers(0, count, (min(together, _RESAMPLES - start), count))
        if count == len(objects):
            medians = (np.median(each[drawn], axis=1) for each in (ious, before))
            found += np.subtract(*medians).tolist()
            continue
        for objects_drawn in drawn:
            at = np.concatenate([members[each] for each in objects_drawn])
            found.append(float(np.median(ious[at]) - np.median(before[at])))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _members(objects: Objects, count: int) -> Sequence[Objects]:
    """The photos of each object."""
    ends = np.bincount(objects, minlength=count).cumsum()[:-1]
    return np.split(np.argsort(objects, kind="stable"), ends)


def _folds(objects: Objects) -> Objects:
    """The fold of each photo; objects are dealt out in a random order that is always the same."""
    count = int(objects.max()) + 1
    dealt = np.random.default_rng(_SEED).permutation(count) % min(FOLDS, count)
    return np.asarray(dealt[objects])
