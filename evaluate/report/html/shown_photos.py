"""Which photos the page shows, where there are too many for all.

A third each: those with the lowest IoU of the table's first row, those on which the rows differ
most, and others at random, as many of each stratum (the tag ``stratum``, if there is one) as its
share. What is random is decided by a hash of the id, so that the same photos are shown again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.known import Known
from evaluate.compare.rows.photo_values import photos_of, values_at
from evaluate.store.formats.columns import ABSENT, values_of

STRATUM = "stratum"


@dataclass(frozen=True)
class ShownPhotos:
    """``ids`` of the photos to show; ``text`` says which they are, empty if they are all."""

    ids: frozenset[str]
    text: str


def shown_photos(comparison: Comparison, most: int) -> ShownPhotos:
    """At most ``most`` photos of a comparison."""
    photos = photos_of(comparison.rows[0].ious)
    if len(photos) <= most:
        return ShownPhotos(frozenset(photos), "")
    rows = comparison.ranked or comparison.rows
    ious = np.array([values_at(row.ious, photos) for row in rows])
    third = most // 3
    chosen = dict.fromkeys(np.argsort(ious[0], kind="stable")[:third].tolist())
    disputed = np.argsort(ious.min(axis=0) - ious.max(axis=0), kind="stable").tolist()
    add = [place for place in disputed if place not in chosen][:third]
    chosen |= dict.fromkeys(add)
    known = Known.of(comparison.known)
    strata: Sequence[object] = [ABSENT] * len(photos)
    if by_stratum := STRATUM in known.columns and known.photos.ids == photos.ids:
        strata = values_of(known.columns[STRATUM])
    drawn = _drawn(photos.ids, strata, chosen, most - len(chosen))
    chosen |= dict.fromkeys(drawn)
    text = (
        f"Shown are {len(chosen):,} of {len(photos):,} photos: the {third:,} with the lowest IoU "
        f"of {rows[0].label}, the {len(add):,} that the rows dispute most, and {len(drawn):,} at "
        f"random{', by stratum' * by_stratum}. Tables, slices and tests count all. To show more: "
        f"make compare page_photos={len(photos)}; photos.csv lists every photo."
    )
    return ShownPhotos(frozenset(photos[place] for place in chosen), text)


def _drawn(
    ids: Sequence[str], strata: Sequence[object], taken: dict[int, None], count: int
) -> list[int]:
    """The places of ``count`` photos that are not ``taken``, spread evenly over the strata."""
    order = sorted((_chance(id_), place) for place, id_ in enumerate(ids) if place not in taken)
    members: dict[object, list[int]] = {}
    for _, place in order:
        members.setdefault(strata[place], []).append(place)
    # Each photo's position within its stratum, as a share: the first of all are the shares wanted.
    shares = [
        (position / len(places), place)
        for places in members.values()
        for position, place in enumerate(places, 1)
    ]
    return [place for _, place in sorted(shares)[:count]]


def _chance(id_: str) -> bytes:
    return hashlib.sha256(id_.encode("utf-8", "surrogatepass")).digest()[:8]
