"""What votes say of a comparison: strengths, and agreement with IoU, with fit and between voters.

A vote belongs to two masks. It counts where both are still masks of the comparison's rows or the
ground truth of its photos; the number of others is stated. A mask that several rows share counts
for each of them.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evaluate.compare.comparison import Comparison
from evaluate.compare.head_to_head import GROUP
from evaluate.compare.rows.known import Known
from evaluate.compare.statistics import TIE_SLACK, Interval, Values
from evaluate.votes.mask_names import NamedMask
from evaluate.votes.share import VoteShare
from evaluate.votes.store import EQUAL, StoredVotes, Vote
from evaluate.votes.strength import (
    expected_share,
    fit_strengths,
    percentile_interval,
    resampled_strengths,
)

GROUND_TRUTH = "Ground truth"

Measure = Callable[[NamedMask], float | None]


@dataclass(frozen=True)
class Contender:
    """A row, or with ``row`` None the ground truth, and the votes on its masks.

    ``strength`` is Bradley and Terry's; ``preferred`` the share of votes that it is expected to win
    against the others. Both have bootstrap intervals, None for fewer than six objects.
    """

    row: str | None
    label: str
    won: int
    equal: int
    lost: int
    strength: float
    strength_interval: Interval | None
    preferred: float
    preferred_interval: Interval | None


@dataclass(frozen=True)
class LeftOut:
    """Votes that do not count: ``changed`` masks, and masks of ``other_rows`` or photos."""

    changed: int = 0
    other_rows: int = 0


@dataclass(frozen=True)
class VoterAgreement:
    """Pairs of masks that two voters judged; ``half``: just one of them chose equal."""

    same: VoteShare
    opposite: int
    half: int


@dataclass(frozen=True)
class VoteResults:
    """``contenders`` are those with votes, the strongest first.

    by_iou         decided votes between two rows in which the mask with the higher IoU won
    by_iou_beyond  the same where the IoUs differ by more than the comparison's margin
    by_fit         the same for the smaller ``fit_px``
    truth          votes with the ground truth: how many it lost; ``truth_equal`` were equal
    to_the_left    decided votes for the mask on the left: far from one half is a careless voter
    """

    votes: int
    voters: int
    photos: int
    contenders: tuple[Contender, ...]
    by_iou: VoteShare
    by_iou_beyond: VoteShare
    by_fit: VoteShare
    truth: VoteShare
    truth_equal: int
    to_the_left: VoteShare
    between_voters: VoterAgreement
    left_out: LeftOut
    problems: tuple[str, ...]
    margin_iou: float
    grouped: bool


@dataclass(frozen=True)
class _Counted:
    """A vote that counts, and the masks it is about: each pair once, the preferred one first."""

    vote: Vote
    photo: str
    pairs: tuple[tuple[NamedMask, NamedMask], ...]

    @property
    def decided(self) -> bool:
        return self.vote.choice != EQUAL


def vote_results(
    comparison: Comparison,
    stored: StoredVotes,
    masks: Mapping[str, Sequence[NamedMask]],
    fit_px: Mapping[str, Mapping[str, float]],
) -> VoteResults:
    """Evaluate the stored votes.

    ``masks`` are those of all runs (``evaluate.votes.mask_names``), ``fit_px`` each row's by photo.
    """
    labels = {row.row: row.label for row in comparison.ranked}
    ious = {row.row: row.ious for row in comparison.ranked}
    counted, left_out = _count(stored.votes, masks, set(labels))
    groups = Known.of(comparison.known).by_photo(GROUP)

    def iou(mask: NamedMask) -> float | None:
        return None if mask.row is None else ious[mask.row][mask.photo]

    def closeness(mask: NamedMask) -> float | None:
        needed = fit_px.get(mask.row or "", {}).get(mask.photo)
        return None if needed is None or np.isnan(needed) else -needed

    decided = [one for one in counted if one.decided]
    with_truth = [one for one in counted if any(None in (a.row, b.row) for a, b in one.pairs)]
    return VoteResults(
        votes=len(counted),
        voters=len({one.vote.voter for one in counted}),
        photos=len({one.photo for one in counted}),
        contenders=_contenders(counted, labels, groups),
        by_iou=_agreement(decided, iou, 0),
        by_iou_beyond=_agreement(decided, iou, comparison.margin_iou),
        by_fit=_agreement(decided, closeness, 0),
        truth=VoteShare(
            sum(one.decided and one.pairs[0][1].row is None for one in with_truth), len(with_truth)
        ),
        truth_equal=sum(not one.decided for one in with_truth),
        to_the_left=VoteShare(sum(one.vote.choice == "left" for one in decided), len(decided)),
        between_voters=_between_voters([one.vote for one in counted]),
        left_out=left_out,
        problems=stored.problems,
        margin_iou=comparison.margin_iou,
        grouped=bool(groups),
    )


def _count(
    votes: Sequence[Vote], masks: Mapping[str, Sequence[NamedMask]], rows: set[str]
) -> tuple[list[_Counted], LeftOut]:
    counted, changed, other_rows = [], 0, 0
    for vote in votes:
        if vote.left not in masks or vote.right not in masks:
            changed += 1
            continue
        first, second = vote.preferred or vote.left, vote.right
        if first == second:
            second = vote.left
        pairs = tuple(
            (one, other)
            for one in masks[first]
            for other in masks[second]
            if one.photo == other.photo and {one.row, other.row} <= {None, *rows}
        )
        if pairs:
            counted.append(_Counted(vote, pairs[0][0].photo, pairs))
        else:
            other_rows += 1
    return counted, LeftOut(changed, other_rows)


def _contenders(
    counted: Sequence[_Counted], labels: Mapping[str, str], groups: Mapping[str, object]
) -> tuple[Contender, ...]:
    """The contenders with votes, strongest first; the wins of each photo are resampled together."""
    names = [
        row
        for row in (None, *labels)
        if any(row in (a.row, b.row) for one in counted for a, b in one.pairs)
    ]
    if not names:
        return ()
    place = {row: i for i, row in enumerate(names)}
    photos = {id_: i for i, id_ in enumerate(dict.fromkeys(one.photo for one in counted))}
    wins = np.zeros((len(photos), len(names), len(names)))
    tallies = [Counter[str]() for _ in names]
    for one in counted:
        for better, worse in one.pairs:
            at, first, second = photos[one.photo], place[better.row], place[worse.row]
            wins[at, first, second] += 1 if one.decided else 0.5
            wins[at, second, first] += 0 if one.decided else 0.5
            tallies[first]["won" if one.decided else "equal"] += 1
            tallies[second]["lost" if one.decided else "equal"] += 1
    strengths = fit_strengths(wins.sum(0))
    shares = expected_share(strengths)
    objects = [("group", groups[id_]) if id_ in groups else id_ for id_ in photos]
    drawn = resampled_strengths(wins, objects)
    found = [
        Contender(
            row=row,
            label=GROUND_TRUTH if row is None else labels[row],
            won=tallies[i]["won"],
            equal=tallies[i]["equal"],
            lost=tallies[i]["lost"],
            strength=float(strengths[i]),
            strength_interval=_interval(drawn, i),
            preferred=float(shares[i]),
            preferred_interval=_interval(None if drawn is None else expected_share(drawn), i),
        )
        for i, row in enumerate(names)
    ]
    return tuple(sorted(found, key=lambda one: -one.strength))


def _interval(drawn: Values | None, place: int) -> Interval | None:
    return None if drawn is None else percentile_interval(drawn[:, place])


def _agreement(decided: Sequence[_Counted], measure: Measure, margin: float) -> VoteShare:
    """Votes in which the preferred mask has the larger measure; votes without a difference aside.

    Equal masks have equal measures, so the first pair of a vote speaks for all.
    """
    agreed = total = 0
    for one in decided:
        ours, theirs = (measure(mask) for mask in one.pairs[0])
        if ours is None or theirs is None or abs(ours - theirs) <= margin + TIE_SLACK:
            continue
        total += 1
        agreed += ours > theirs
    return VoteShare(agreed, total)


def _between_voters(votes: Sequence[Vote]) -> VoterAgreement:
    by_pair: dict[frozenset[str], dict[str, str | None]] = {}
    for vote in votes:
        by_pair.setdefault(frozenset((vote.left, vote.right)), {})[vote.voter] = vote.preferred
    both = [two for one in by_pair.values() for two in combinations(one.values(), 2)]
    same = sum(first == second for first, second in both)
    half = sum(first != second and None in (first, second) for first, second in both)
    return VoterAgreement(VoteShare(same, len(both)), len(both) - same - half, half)
