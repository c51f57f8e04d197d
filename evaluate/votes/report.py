"""The results of votes as text, and as the entry ``votes`` of comparison.json."""

from dataclasses import asdict
from typing import Any

from evaluate.compare.statistics import CONFIDENCE, Interval
from evaluate.display.text import count_text, escape, markdown_table
from evaluate.votes.results import Contender, VoteResults
from evaluate.votes.share import VoteShare
from evaluate.votes.strength import PRIOR_TIES

VOTE_COLUMNS = ("Contender", "Preferred", "Won–equal–lost")


def votes_section(results: VoteResults) -> str:
    """The section of comparison.md; empty without any stored vote."""
    if not has_votes(results):
        return ""
    parts = ["### Blind votes", *map(escape, vote_lines(results))]
    if results.contenders:
        parts += [markdown_table(vote_table(results)), f"<sub>{escape(vote_note(results))}</sub>"]
    return "\n\n".join(parts)


def has_votes(results: VoteResults) -> bool:
    """Whether there is anything to say."""
    left_out = results.left_out
    return bool(results.votes or left_out.changed or left_out.other_rows or results.problems)


def vote_table(results: VoteResults) -> list[tuple[str, ...]]:
    """The contenders, the strongest first, below a header."""
    return [VOTE_COLUMNS, *(_line(one) for one in results.contenders)]


def _line(one: Contender) -> tuple[str, ...]:
    return (
        one.label,
        f"{one.preferred:.0%}{_ends(one.preferred_interval)}",
        f"{one.won}–{one.equal}–{one.lost}",
    )


def vote_lines(results: VoteResults) -> list[str]:
    """What the votes say, a sentence each, and which votes are left out."""
    lines = []
    if results.votes:
        lines.append(
            f"{count_text(results.votes, 'vote')} of {count_text(results.voters, 'voter')} on "
            f"{count_text(results.photos, 'photo')}, names and sides hidden."
        )
    lines += _agreements(results)
    lines += _left_out(results)
    return lines


def _agreements(results: VoteResults) -> list[str]:
    lines = []
    if results.by_iou.total:
        text = f"The mask with the higher IoU won {_share(results.by_iou)} of the decided votes"
        if results.by_iou_beyond.total:
            beyond = f"{_share(results.by_iou_beyond)} where the IoUs differ by more than "
            text += f"; {beyond}{results.margin_iou:g}"
        lines.append(f"{text}.")
    if results.by_fit.total:
        lines.append(
            "The mask whose pocket takes the tool with less clearance won "
            f"{_share(results.by_fit)} of the decided votes."
        )
    if results.truth.total:
        equal = f", and was judged equal in {results.truth_equal}" if results.truth_equal else ""
        lines.append(f"The ground truth lost {_share(results.truth)} of its votes{equal}.")
    voters = results.between_voters
    if voters.same.total:
        lines.append(
            f"Where two voters judged the same pair, they agreed in {_share(voters.same)}, chose "
            f"opposite masks in {voters.opposite}, and one of them chose equal in {voters.half}."
        )
    left = results.to_the_left
    if (interval := left.interval) and not interval.low <= 0.5 <= interval.high:
        lines.append(
            f"The mask on the left won {_share(left)} of the decided votes, though sides are "
            "random: somebody favours a side."
        )
    return lines


def _left_out(results: VoteResults) -> list[str]:
    lines = []
    if changed := results.left_out.changed:
        lines.append(
            f"Left out: {count_text(changed, 'vote')} for masks or ground truth that changed "
            "since, or are gone."
        )
    if others := results.left_out.other_rows:
        lines.append(
            f"Left out: {count_text(others, 'vote')} on rows or photos that are not in this table."
        )
    return [*lines, *results.problems]


def vote_note(results: VoteResults) -> str:
    """How the table is computed."""
    together = ", photos of one object together" if results.grouped else ""
    return (
        "Preferred: share of votes that the contender is expected to win against one of the "
        "others, by Bradley and Terry's model; an equal choice is half a win for each, and every "
        f"contender has {PRIOR_TIES:g} more equal choice. In brackets: the {CONFIDENCE:.0%} "
        f"interval from resampling the photos{together}, from six on. Shares of votes have exact "
        "intervals, which treat votes as independent."
    )


def _share(share: VoteShare) -> str:
    value = share.value or 0.0
    return f"{share.count} of {share.total} ({value:.0%}{_ends(share.interval, brackets=False)})"


def _ends(interval: Interval | None, brackets: bool = True) -> str:
    if interval is None:
        return ""
    ends = f"{interval.low:.0%} to {interval.high:.0%}"
    return f" [{ends}]" if brackets else f", {ends}"


def votes_record(results: VoteResults) -> dict[str, Any]:
    """The entry ``votes`` of comparison.json, described in docs/comparison-json.md."""
    return {
        "votes": results.votes,
        "voters": results.voters,
        "photos": results.photos,
        "contenders": [
            {
                "row": one.row,
                "label": one.label,
                "won": one.won,
                "equal": one.equal,
                "lost": one.lost,
                "strength": one.strength,
                "strength_interval": _pair(one.strength_interval),
                "preferred": one.preferred,
                "preferred_interval": _pair(one.preferred_interval),
            }
            for one in results.contenders
        ],
        "by_iou": _counts(results.by_iou),
        "by_iou_beyond_margin": _counts(results.by_iou_beyond),
        "by_fit_px": _counts(results.by_fit),
        "truth_lost": _counts(results.truth),
        "truth_equal": results.truth_equal,
        "to_the_left": _counts(results.to_the_left),
        "voters_agree": _counts(results.between_voters.same),
        "voters_opposite": results.between_voters.opposite,
        "voters_one_equal": results.between_voters.half,
        "left_out": asdict(results.left_out),
        "problems": list(results.problems),
    }


def _counts(share: VoteShare) -> dict[str, Any]:
    return {
        "count": share.count,
        "of": share.total,
        "share": share.value,
        "interval": _pair(share.interval),
    }


def _pair(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None
