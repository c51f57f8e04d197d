"""Slices: groups of photos that share a tag or a trait, and those in which the best row loses.

A tag with text values makes one slice for each value. Numbers are split into thirds of this
dataset: low, middle and high. Traits (``evaluate.score.photo_traits``) are treated alike. A slice
has at least ``LEAST`` photos.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from evaluate.compare.rows.known import Known, record_columns
from evaluate.compare.rows.photo_values import (
    Photos,
    PhotoValues,
    Places,
    SomePhotos,
    photos_of,
    values_at,
)
from evaluate.compare.statistics import (
    Interval,
    Values,
    holm,
    median_with_interval,
    outcome_signs,
    quantiles_of_sorted,
    sign_test,
)
from evaluate.store.formats.columns import Coded, PhotoColumn
from evaluate.store.score_table import ScoreTable
from evaluate.store.scores import OUTSIDE

LEAST = 5
MANY_NUMBERS = 6  # more distinct numbers than this are split into thirds
SIGNIFICANT = 0.05


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


def known_of(scores: ScoreTable, traits: Mapping[str, Mapping[str, Any]]) -> Known:
    """Tags and traits of the scored photos, by id.

    A tag without a value is True on photos that have it and False on all others. A trait with a
    tag's name gets the prefix ``measured``. The tag on what the crop cut off belongs to a row, not
    to a photo, and is left out.
    """
    counted = scores.counted
    columns = tag_columns(counted.tags)
    names = {name.partition("=")[0] for text in {*counted.tags} for name in text.split(";")}
    for name, column in record_columns([traits.get(id_) for id_ in counted.ids]).items():
        columns[f"measured {name}" if name in names else name] = column
    return Known(Photos(counted.ids), columns)


def tag_columns(texts: Sequence[str]) -> dict[str, PhotoColumn]:
    """The columns of photos' tags, as they stand in scores.csv."""
    split = {text: text.split(";") for text in dict.fromkeys(texts)}
    flags = {tag: False for tags in split.values() for tag in tags if tag and "=" not in tag}
    records = [_tags(tags, flags) for tags in split.values()]
    places = {text: place for place, text in enumerate(split)}
    at = np.fromiter(map(places.__getitem__, texts), np.intp, len(texts))
    return {name: column[at] for name, column in record_columns(records).items()}


def _tags(tags: Iterable[str], flags: Mapping[str, bool]) -> dict[str, Any]:
    valued = dict(tag.split("=", 1) for tag in tags if "=" in tag)
    valued.pop(OUTSIDE, None)
    return {**flags, **{tag: True for tag in tags if tag in flags}, **valued}


def slices_of(about: Mapping[str, Mapping[str, Any]], photos: Photos | None = None) -> list[Slice]:
    """Every slice, sorted by name; ``about`` has tags and traits by photo id.

    A slice that holds all photos carries no information and is left out. ``photos`` are those of
    the rows: if they are the photos of ``about``, the rows' values are found without ids.
    """
    known = Known.of(about)
    if photos is None or (photos is not known.photos and photos.ids != known.photos.ids):
        photos = known.photos
    return [
        Slice(part, SomePhotos(photos, at))
        for name, column in sorted(known.columns.items())
        for part, at in _parts(name, column).items()
        if LEAST <= len(at) < len(known)
    ]


def score_slice(ious: Mapping[str, float], slice_: Slice) -> SliceScore:
    """One row's score in one slice; ``ious`` are the row's by photo id."""
    return SliceScore(*median_with_interval(values_at(ious, slice_.ids)))


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
    photos = photos_of(rows[best])
    own = values_at(rows[best], photos)
    tested = []
    for label in rows.keys() - {best}:
        differences = values_at(rows[label], photos) - own
        outcomes = PhotoValues(photos, outcome_signs(differences, margin_iou))
        for one in slices:
            signs = values_at(outcomes, one.ids)
            wins, losses = (int(np.count_nonzero(signs == sign)) for sign in (1, -1))
            p = sign_test(wins, losses)
            tested.append(SliceReversal(one.name, len(one.ids), label, wins, losses, p))
    adjusted = holm([test.p for test in tested])
    found = [
        replace(one, p=p)
        for one, p in zip(tested, adjusted, strict=True)
        if one.wins > one.losses and p < SIGNIFICANT
    ]
    return sorted(found, key=lambda one: (one.p, one.name, one.better))


def _parts(name: str, column: PhotoColumn) -> dict[str, Places]:
    """The slices of a tag or trait: for each, the indices of its photos."""
    if not isinstance(column, Coded):
        at = np.flatnonzero(~np.isnan(column))
        if _is_many(column[at]):
            return _thirds(name, column[at], at)
        distinct, inverse = np.unique(column[at], return_inverse=True)
        column = Coded(inverse.astype(np.int32), distinct.tolist())
    else:
        at = np.flatnonzero(column.codes >= 0)
        column = column[at]
    codes, values = column.codes, column.values
    used = np.flatnonzero(np.bincount(codes, minlength=len(values))).tolist()
    if {type(values[code]) for code in used} <= {int, float}:  # not bool
        numbers = np.full(len(values), np.nan)
        numbers[used] = [values[code] for code in used]
        if _is_many(numbers[used]):
            return _thirds(name, numbers[codes], at)
    texts = {code: _text(values[code]) for code in used}
    known = {text: _number(text) for text in texts.values()}
    if None not in known.values() and len({*known.values()}) > MANY_NUMBERS:
        numbers = np.full(len(values), np.nan)
        numbers[used] = [known[texts[code]] for code in used]
        return _thirds(name, numbers[codes], at)
    ordered = sorted(known)
    ranks = np.zeros(len(values), np.min_scalar_type(len(values)))  # few bits are sorted fast
    ranks[used] = [bisect_left(ordered, texts[code]) for code in used]
    of = ranks[codes]
    ends = np.bincount(of, minlength=len(ordered)).cumsum()[:-1]
    groups = np.split(at[np.argsort(of, kind="stable")], ends)
    return {f"{name}={text}": places for text, places in zip(ordered, groups, strict=True)}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_many(numbers: Values) -> bool:
    """Whether these are finite numbers that are split into thirds."""
    first = np.unique(numbers[:1000])
    distinct = first if len(first) > MANY_NUMBERS else np.unique(numbers)
    return len(distinct) > MANY_NUMBERS and bool(np.isfinite(numbers).all())


def _thirds(name: str, numbers: Values, at: Places) -> dict[str, Places]:
    """Thirds of the photos ``at``, which have these ``numbers``."""
    low, high = quantiles_of_sorted(np.sort(numbers), [1 / 3, 2 / 3])
    parts = {
        f"{name} low (≤ {low:.3g})": numbers <= low,
        f"{name} middle": (low < numbers) & (numbers <= high),
        f"{name} high (> {high:.3g})": numbers > high,
    }
    return {part: at[np.flatnonzero(among)] for part, among in parts.items()}


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
