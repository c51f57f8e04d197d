"""Slices: groups of photos that share a tag or a trait, and those in which the best row loses.

A tag with text values makes one slice for each value. Numbers are split into thirds of this
dataset: low, middle and high. Traits (``evaluate.score.photo_traits``) are treated alike. A slice
has at least ``LEAST`` photos.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluate.compare.statistics import Interval, holm, median_interval, sign_test, wins_ties_losses
from evaluate.store.scores import NO_TRUTH, OUTSIDE, Score

LEAST = 5
MANY_NUMBERS = 6  # more distinct numbers than this are split into thirds
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Slice:
    """``ids`` of the photos with the tag or trait that ``name`` describes."""

    name: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class SliceScore:
    """A row's median IoU over a slice, with its exact interval from six photos on."""

    median: float
    interval: Interval | None


@dataclass(frozen=True)
class SliceReversal:
    """A slice in which the row ``better`` beats the row that is best overall; ``p`` is Holm's."""

    name: str
    photos: int
    better: str
    wins: int
    losses: int
    p: float


def known_of(
    scores: Sequence[Score], traits: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Tags and traits of the scored photos, by id.

    A tag without a value is True on photos that have it and False on all others. A trait with a
    tag's name gets the prefix ``measured``. The tag on what the crop cut off belongs to a row, not
    to a photo, and is left out.
    """
    counted = [s for s in scores if s.status != NO_TRUTH]
    flags = {tag for s in counted for tag in s.tags.split(";") if tag and "=" not in tag}
    named = {tag.partition("=")[0] for s in counted for tag in s.tags.split(";")}
    known: dict[str, dict[str, Any]] = {}
    for s in counted:
        tags = dict.fromkeys(flags, False) | {
            tag: True for tag in s.tags.split(";") if tag in flags
        }
        valued = dict(tag.split("=", 1) for tag in s.tags.split(";") if "=" in tag)
        valued.pop(OUTSIDE, None)
        measured = {
            f"measured {name}" if name in named else name: value
            for name, value in traits.get(s.id, {}).items()
        }
        known[s.id] = {**tags, **valued, **measured}
    return known


def slices_of(about: Mapping[str, Mapping[str, Any]]) -> list[Slice]:
    """Every slice, sorted by name; ``about`` has tags and traits by photo id.

    A slice that holds all photos carries no information and is left out.
    """
    values: dict[str, dict[str, Any]] = defaultdict(dict)
    for id_, known in about.items():
        for name, value in known.items():
            values[name][id_] = value
    found = [one for name, by_id in sorted(values.items()) for one in _split(name, by_id)]
    return [one for one in found if LEAST <= len(one.ids) < len(about)]


def score_slice(ious: Mapping[str, float], slice_: Slice) -> SliceScore:
    """One row's score in one slice; ``ious`` are the row's by photo id."""
    own = [ious[id_] for id_ in slice_.ids]
    return SliceScore(float(np.median(own)), median_interval(own))


def reversals(
    best: str,
    rows: Mapping[str, Mapping[str, float]],
    slices: Sequence[Slice],
    margin_iou: float,
) -> list[SliceReversal]:
    """Slices in which another row beats ``best`` significantly, the lowest p first.

    ``rows`` are IoUs by label and photo. The p-values of the sign test are corrected by Holm over
    all tested pairs of a slice and a row.
    """
    tested = []
    for label in rows.keys() - {best}:
        for one in slices:
            differences = np.array([rows[label][i] - rows[best][i] for i in one.ids])
            ((wins, _, losses),) = wins_ties_losses(differences, [margin_iou])
            p = sign_test(wins, losses)
            tested.append(SliceReversal(one.name, len(one.ids), label, wins, losses, p))
    adjusted = holm([test.p for test in tested])
    found = [
        replace(one, p=p)
        for one, p in zip(tested, adjusted, strict=True)
        if one.wins > one.losses and p < SIGNIFICANT
    ]
    return sorted(found, key=lambda one: (one.p, one.name, one.better))


def _split(name: str, by_id: Mapping[str, Any]) -> list[Slice]:
    numbers = {id_: n for id_, value in by_id.items() if (n := _number(value)) is not None}
    if len(numbers) == len(by_id) and len(set(numbers.values())) > MANY_NUMBERS:
        return _thirds(name, numbers)
    groups: dict[str, list[str]] = defaultdict(list)
    for id_, value in by_id.items():
        groups[str(value).lower() if isinstance(value, bool) else str(value)].append(id_)
    return [Slice(f"{name}={value}", tuple(ids)) for value, ids in sorted(groups.items())]


def _thirds(name: str, numbers: Mapping[str, float]) -> list[Slice]:
    low, high = np.quantile(list(numbers.values()), [1 / 3, 2 / 3])
    parts = {
        f"{name} low (≤ {low:.3g})": [i for i, n in numbers.items() if n <= low],
        f"{name} middle": [i for i, n in numbers.items() if low < n <= high],
        f"{name} high (> {high:.3g})": [i for i, n in numbers.items() if n > high],
    }
    return [Slice(text, tuple(ids)) for text, ids in parts.items()]


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if np.isfinite(number) else None
