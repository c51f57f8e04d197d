"""Which pairs are shown: balanced over photos, strata and pairs of rows, uncertain ones first."""

from collections import Counter
from itertools import combinations

from evaluate.votes.schedule import schedule, voting_photos

MATCHES = list(combinations(range(4), 2))


def strata(count: int) -> dict[str, object]:
    """A third of the photos is rare."""
    return {f"p{i:03}": "rare" if i % 3 == 0 else "usual" for i in range(count)}


def test_equal_chances_are_balanced_over_pairs_photos_and_strata() -> None:
    found = strata(30)
    shown = schedule(dict.fromkeys(found, MATCHES), dict.fromkeys(MATCHES, 0.5), found, 90)
    assert len(set(shown)) == 90
    assert {*Counter(one.match for one in shown).values()} == {15}
    assert {*Counter(one.photo for one in shown).values()} <= {2, 3, 4}
    first = Counter(found[one.photo] for one in shown[:12])
    assert first == {"rare": 4, "usual": 8}


def test_uncertain_pairs_come_first_and_more_often() -> None:
    chances = dict.fromkeys(MATCHES, 0.99) | {(0, 1): 0.5}
    found = strata(40)
    shown = schedule(dict.fromkeys(found, MATCHES), chances, found, 27)
    assert [one.match for one in shown[:3]] == [(0, 1)] * 3
    counts = Counter(one.match for one in shown)
    assert counts.pop((0, 1)) == 12  # four times the least weight
    assert {*counts.values()} == {3}


def test_only_masks_that_look_different_are_shown_and_the_order_is_the_same_again() -> None:
    found = strata(6)
    can_show = {id_: MATCHES[:2] if id_ == "p001" else [] for id_ in found}
    shown = schedule(can_show, dict.fromkeys(MATCHES, 0.5), found)
    assert {(one.photo, one.match) for one in shown} == {("p001", m) for m in MATCHES[:2]}
    again = schedule(dict(reversed(can_show.items())), dict.fromkeys(MATCHES, 0.5), found)
    assert shown == again


def test_of_many_photos_as_many_of_each_stratum_as_its_share() -> None:
    found = strata(300)
    chosen = voting_photos(found, 30)
    assert Counter(found[id_] for id_ in chosen) == {"rare": 10, "usual": 20}
    assert chosen != sorted(chosen)
    assert len(voting_photos(found, 1000)) == 300
