"""The page's section on blind votes: its results, and the way to the page where one votes."""

from dataclasses import dataclass

from evaluate.report.picture_names import VOTE_PAGE
from evaluate.votes.report import vote_lines, vote_note, vote_table
from evaluate.votes.results import VoteResults


@dataclass(frozen=True)
class VoteSection:
    """``page`` is where one votes; ``table`` has its header first and is empty without votes."""

    page: str
    lines: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    note: str


def vote_section(results: VoteResults) -> VoteSection:
    """The section's texts."""
    table = tuple(vote_table(results)) if results.contenders else ()
    return VoteSection(VOTE_PAGE, tuple(vote_lines(results)), table, vote_note(results))
