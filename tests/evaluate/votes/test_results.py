"""What votes say of a comparison, counted by hand."""

from dataclasses import replace

import pytest

from evaluate.compare.comparison import Comparison
from evaluate.votes.mask_names import NamedMask
from evaluate.votes.report import votes_section
from evaluate.votes.results import GROUND_TRUTH, LeftOut, VoteResults, vote_results
from evaluate.votes.store import StoredVotes, Vote
from tests.support.comparisons import compared, photos, row

PHOTOS = [f"p{i:02}" for i in range(8)]
IOUS = {"A": 0.9, "B": 0.8, "C": 0.795}
FITS = {"A": dict.fromkeys(PHOTOS, 3.0), "B": dict.fromkeys(PHOTOS, 2.0)}


def comparison() -> Comparison:
    return compared([row(name, photos([iou] * 8), row=name) for name, iou in IOUS.items()])


def mask(who: str, photo: int) -> str:
    return f"{who}{photo}"


def vote(better: str, worse: str, photo: int, voter: str = "Anna", equal: bool = False) -> Vote:
    left, right = mask(better, photo), mask(worse, photo)
    at = "2026-01-01T10:00:00.000Z"
    choice = "equal" if equal else "left"
    return Vote(voter, "+".join(sorted((left, right))), left, right, choice, "cut-out", 1.0, at)


def results(*votes: Vote, **more: list[NamedMask]) -> VoteResults:
    masks = {mask(who, i): [NamedMask(who, id_)] for who in "ABCX" for i, id_ in enumerate(PHOTOS)}
    masks |= {mask("T", i): [NamedMask(None, id_)] for i, id_ in enumerate(PHOTOS)}
    return vote_results(comparison(), StoredVotes(votes, ("a problem",)), masks | more, FITS)


def test_agreement_with_iou_and_fit() -> None:
    found = results(
        vote("A", "B", 0), vote("A", "B", 1), vote("B", "A", 2), vote("A", "B", 3, equal=True),
        vote("C", "B", 4), vote("T", "A", 5), vote("B", "T", 6), vote("T", "B", 7, equal=True),
    )  # fmt: skip
    assert (found.votes, found.voters, found.photos) == (8, 1, 8)
    assert (found.by_iou.count, found.by_iou.total) == (2, 4)
    # B and C differ by less than the margin; C has no fit.
    assert (found.by_iou_beyond.count, found.by_iou_beyond.total) == (2, 3)
    assert (found.by_fit.count, found.by_fit.total) == (1, 3)
    assert (found.truth.count, found.truth.total, found.truth_equal) == (1, 3, 1)
    assert (found.to_the_left.count, found.to_the_left.total) == (6, 6)
    tallies = {one.label: (one.won, one.equal, one.lost) for one in found.contenders}
    assert tallies == {"A": (2, 1, 2), "B": (2, 2, 3), "C": (1, 0, 0), GROUND_TRUTH: (1, 1, 1)}
    assert all(one.strength_interval and one.preferred_interval for one in found.contenders)
    text = votes_section(found)
    assert (
        "The ground truth lost 1 of 3 (33%, 1% to 91%) of its votes, and was judged equal" in text
    )
    assert "The mask whose pocket takes the tool with less clearance won 1 of 3" in text
    assert "somebody favours a side" in text
    assert "a problem" in text


def test_votes_for_changed_masks_and_other_rows_are_left_out_and_counted() -> None:
    found = results(
        vote("A", "B", 0), vote("old", "B", 0), vote("X", "A", 0), vote("X", "T", 0, equal=True)
    )
    assert found.votes == 1
    assert found.left_out == LeftOut(changed=1, other_rows=2)
    assert [one.preferred_interval for one in found.contenders] == [None, None]
    assert "1 vote for masks or ground truth that changed" in votes_section(found)


def test_a_mask_that_two_rows_share_counts_for_both() -> None:
    shared = [NamedMask("A", PHOTOS[0]), NamedMask("C", PHOTOS[0])]
    found = results(vote("shared", "B", 0), shared0=shared)
    assert found.votes == 1
    assert {one.label: one.won for one in found.contenders} == {"A": 1, "C": 1, "B": 0}


def test_voters_agree_on_masks_and_not_on_sides() -> None:
    first = [vote("A", "B", i) for i in range(4)]
    turned = replace(first[0], left=first[0].right, right=first[0].left, choice="right")
    found = results(
        *first,
        replace(turned, voter="Bo"),
        vote("B", "A", 1, "Bo"),
        vote("B", "A", 2, "Bo", equal=True),
        vote("A", "C", 3, "Bo"),
    )
    voters = found.between_voters
    assert (voters.same.count, voters.same.total) == (1, 3)
    assert (voters.opposite, voters.half) == (1, 1)


def test_without_votes_there_is_no_section() -> None:
    nothing = vote_results(comparison(), StoredVotes((), ()), {}, {})
    assert votes_section(nothing) == ""
    assert nothing.contenders == ()
    assert nothing.by_iou.value is None


def test_the_strongest_comes_first() -> None:
    found = results(*(vote("T", "A", i) for i in range(8)), *(vote("A", "B", i) for i in range(8)))
    assert [one.row for one in found.contenders] == [None, "A", "B"]
    preferred = [one.preferred for one in found.contenders]
    assert preferred == sorted(preferred, reverse=True)
    assert sum(preferred) / 3 == pytest.approx(0.5)
