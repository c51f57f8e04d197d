"""Slices: groups of photos that share a tag or a trait, and those in which the best row loses.

A tag with text values makes one slice for each value. Numbers are split into thirds of this
dataset: low, middle and high. Traits (``evaluate.score.photo_traits``) are treated alike. A slice
has at least ``LEAST`` photos.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluate.compare.rows.photo_values import Photos, Places, SomePhotos, values_at
from evaluate.compare.statistics import (
    Interval,
    Values,
    holm,
    median_interval,
    sign_test,
    wins_ties_losses,
)
from evaluate.store.score_table import ScoreTable
from evaluate.store.scores import OUTSIDE

LEAST = 5
MANY_NUMBERS = 6  # more distinct numbers than this are split into thirds
SIGNIFICANT = 0.05
_ABSENT = object()  # of a photo that lacks a tag or trait


@dataclass(frozen=True)
class Slice:
    """``ids`` of the photos with the tag or trait that ``name`` describes."""

    name: str
    ids: Sequence[str]


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
    scores: ScoreTable, traits: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Tags and traits of the scored photos, by id.

    A tag without a value is True on photos that have it and False on all others. A trait with a
    tag's name gets the prefix ``measured``. The tag on what the crop cut off belongs to a row, not
    to a photo, and is left out.
    """
    counted = scores.counted
    split = {text: text.split(";") for text in dict.fromkeys(counted.tags)}
    flags = {tag: False for tags in split.values() for tag in tags if tag and "=" not in tag}
    tagged = {text: _tags(tags, flags) for text, tags in split.items()}
    titles = {
        name: f"measured {name}"
        for tags in split.values()
        for name in (tag.partition("=")[0] for tag in tags)
    }
    known: dict[str, Mapping[str, Any]] = {}
    for id_, text in zip(counted.ids, counted.tags, strict=True):
        known[id_] = own = tagged[text]
        if measured := traits.get(id_):
            if not titles.keys().isdisjoint(measured):
                measured = {titles.get(name, name): value for name, value in measured.items()}
            known[id_] = {**own, **measured}
    return known


def _tags(tags: Iterable[str], flags: Mapping[str, bool]) -> dict[str, Any]:
    valued = dict(tag.split("=", 1) for tag in tags if "=" in tag)
    valued.pop(OUTSIDE, None)
    return {**flags, **{tag: True for tag in tags if tag in flags}, **valued}


def slices_of(about: Mapping[str, Mapping[str, Any]], photos: Photos | None = None) -> list[Slice]:
    """Every slice, sorted by name; ``about`` has tags and traits by photo id.

    A slice that holds all photos carries no information and is left out. ``photos`` are those of
    the rows: if they are the photos of ``about``, the rows' values are found without ids.
    """
    if photos is None or photos.ids != list(about):
        photos = Photos(list(about))
    found: list[Slice] = []
    for name in sorted(set[str]().union(*about.values())):
        values = [known.get(name, _ABSENT) for known in about.values()]
        there = np.array([value is not _ABSENT for value in values])
        parts = _parts(name, values if there.all() else [v for v in values if v is not _ABSENT])
        places = np.flatnonzero(there)
        found += [Slice(part, SomePhotos(photos, places[at])) for part, at in parts.items()]
    return [one for one in found if LEAST <= len(one.ids) < len(about)]


def score_slice(ious: Mapping[str, float], slice_: Slice) -> SliceScore:
    """One row's score in one slice; ``ious`` are the row's by photo id."""
    own = values_at(ious, slice_.ids)
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
    for one in slices:
        own = values_at(rows[best], one.ids)
        for label in rows.keys() - {best}:
            differences = values_at(rows[label], one.ids) - own
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


def _parts(name: str, values: Sequence[Any]) -> dict[str, Places]:
    """The slices of a tag or trait: for each, the indices among ``values`` of its photos."""
    if {*map(type, values)} <= {int, float}:  # not bool
        numbers = np.array(values, float)
        if np.isfinite(numbers).all() and len(np.unique(numbers)) > MANY_NUMBERS:
            return _thirds(name, numbers)
    texts = [str(value).lower() if isinstance(value, bool) else str(value) for value in values]
    distinct = dict(zip(texts, values, strict=True))
    known = {text: _number(value) for text, value in distinct.items()}
    if None not in known.values() and len({*known.values()}) > MANY_NUMBERS:
        return _thirds(name, np.array([known[text] for text in texts], float))
    groups: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        groups[text].append(place)
    return {f"{name}={text}": np.array(places) for text, places in sorted(groups.items())}


def _thirds(name: str, numbers: Values) -> dict[str, Places]:
    low, high = np.quantile(numbers, [1 / 3, 2 / 3])
    return {
        f"{name} low (≤ {low:.3g})": np.flatnonzero(numbers <= low),
        f"{name} middle": np.flatnonzero((low < numbers) & (numbers <= high)),
        f"{name} high (> {high:.3g})": np.flatnonzero(numbers > high),
    }


def _number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if np.isfinite(number) else None
