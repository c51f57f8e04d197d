"""Which pairs of masks are shown, in which order: the same for every voter.

Pairs of contenders whose outcome is uncertain come first and more often: a pair's weight is
4p(1 − p), p the chance that one wins, and at least ``LOWEST_WEIGHT``. In proportion to it, pairs of
contenders take turns, as do strata and photos. What remains open is decided by a hash, so that the
order is the same again.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

MOST_PAIRS = 200
VOTING_PHOTOS = 100
LOWEST_WEIGHT = 0.25

Match = tuple[int, int]
"""Two contenders by their place, the lower one first."""


@dataclass(frozen=True)
class Showing:
    """Two contenders on one photo."""

    photo: str
    match: Match


def voting_photos(strata: Mapping[str, object], most: int = VOTING_PHOTOS) -> list[str]:
    """At most ``most`` of the photos, as many of each stratum as its share.

    ``strata`` has the stratum of every photo, by id.
    """
    members: dict[object, list[str]] = {}
    for id_ in sorted(strata, key=_chance):
        members.setdefault(strata[id_], []).append(id_)
    order = sorted(
        ((place + 1) / len(ids), _chance(id_), id_)
        for ids in members.values()
        for place, id_ in enumerate(ids)
    )
    return [id_ for _, _, id_ in order[:most]]


def schedule(
    can_show: Mapping[str, Collection[Match]],
    chances: Mapping[Match, float],
    strata: Mapping[str, object],
    most: int = MOST_PAIRS,
) -> list[Showing]:
    """At most ``most`` showings in their order.

    ``can_show`` has the matches whose masks look different on each photo, ``chances`` the
    probability that the first of each match wins, ``strata`` the stratum of each photo.
    """
    open_photos: dict[Match, set[str]] = {}
    for id_, matches in can_show.items():
        for match in matches:
            open_photos.setdefault(match, set()).add(id_)
    weights = {m: max(4 * chances[m] * (1 - chances[m]), LOWEST_WEIGHT) for m in open_photos}
    sizes = Counter(strata[id_] for id_ in can_show)
    by_match, by_photo = Counter[Match](), Counter[str]()
    by_stratum = Counter[object]()
    found: list[Showing] = []
    while open_photos and len(found) < most:
        match = min(open_photos, key=lambda m: ((by_match[m] + 1) / weights[m], _order(m)))
        photo = min(
            open_photos[match],
            key=lambda id_: (
                by_stratum[strata[id_]] / sizes[strata[id_]],
                by_photo[id_],
                _chance(id_, *match),
            ),
        )
        found.append(Showing(photo, match))
        by_match[match] += 1
        by_photo[photo] += 1
        by_stratum[strata[photo]] += 1
        open_photos[match].remove(photo)
        if not open_photos[match]:
            del open_photos[match]
    return found


def _order(match: Match) -> bytes:
    return _chance("", *match)


def _chance(id_: str, *more: object) -> bytes:
    """What looks like chance, but is the same again."""
    text = "\0".join(map(str, (id_, *more)))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8]


def prior_chance(wins: int, ties: int, losses: int) -> float:
    """The chance that a row's mask is preferred to another's, before any vote: from their IoUs."""
    return (wins + ties / 2 + 1) / (wins + ties + losses + 2)
