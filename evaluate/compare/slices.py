"""Groups of photos that share a tag or a trait, and where in them the best model is beaten.

A tag with words makes a slice of each word, numbers make thirds: low, middle and high by their
rank in this dataset. Traits (``evaluate.score.photo_traits``) likewise. A slice has at least
``LEAST`` photos.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from evaluate.compare.statistics import Interval, holm, median_interval, sign_test, wins_ties_losses
from evaluate.store.scores import NO_TRUTH, OUTSIDE, Score

LEAST = 5
MANY_NUMBERS = 6  # more different numbers than this are cut into thirds
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Slice:
    """``ids`` of the photos of which ``name`` is true."""

    name: str
    ids: tuple[str, ...]


@dataclass(frozen=True)
class SliceScore:
    """A row's median IoU over a slice, with its exact interval where there are photos enough."""

    median: float
    interval: Interval | None


@dataclass(frozen=True)
class SliceReversal:
    """A slice in which ``better`` beats the row that is best overall; p is Holm's over all."""

    name: str
    photos: int
    better: str
    wins: int
    losses: int
    p: float


def known_of(
    scores: Sequence[Score], traits: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Tags and traits of the photos that count, by id.

    A tag without a value is true where it stands and false elsewhere. A trait of a tag's name is
    called measured. What the crop cut off is the row's and not the photo's.
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
    """Every slice of photos ``about`` which tags and traits are known, by id, sorted by name.

    A slice that holds all photos tells nothing and is left out.
    """
    values: dict[str, dict[str, Any]] = defaultdict(dict)
    for id_, known in about.items():
        for name, value in known.items():
            values[name][id_] = value
    found = [cut for name, by_id in sorted(values.items()) for cut in _cut(name, by_id)]
    return [cut for cut in found if LEAST <= len(cut.ids) < len(about)]


def score_slice(ious: Mapping[str, float], cut: Slice) -> SliceScore:
    """One row in one slice."""
    own = [ious[id_] for id_ in cut.ids]
    return SliceScore(float(np.median(own)), median_interval(own))


def reversals(
    best: str, rows: Mapping[str, Mapping[str, float]], cuts: Sequence[Slice], margin_iou: float
) -> list[SliceReversal]:
    """Where another row beats ``best`` more often than chance, of all slices and rows asked.

    ``rows`` are IoUs by label and photo. Source: the sign test, Holm over every pair asked.
    """
    asked = []
    for label in rows.keys() - {best}:
        for cut in cuts:
            differences = np.array([rows[label][i] - rows[best][i] for i in cut.ids])
            ((wins, _, losses),) = wins_ties_losses(differences, [margin_iou])
            asked.append(
                SliceReversal(cut.name, len(cut.ids), label, wins, losses, sign_test(wins, losses))
            )
    adjusted = holm([one.p for one in asked])
    found = [
        SliceReversal(**{**vars(one), "p": p})
        for one, p in zip(asked, adjusted, strict=True)
        if one.wins > one.losses and p < SIGNIFICANT
    ]
    return sorted(found, key=lambda one: (one.p, one.name, one.better))


def _cut(name: str, by_id: Mapping[str, Any]) -> list[Slice]:
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
