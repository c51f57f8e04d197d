"""``reports/<dataset>/votes/``: the votes of every voter, in two kinds of file.

``<voter>.jsonl``   written by ``make vote``: a checked line for each vote, appended. A later line
                    of the same pair replaces the earlier one; the choice ``undone`` takes it back.
``*.json``          exported by the page: an object whose ``votes`` are a voter's, without checks.

A vote in both counts once: the later one.
"""

import dataclasses
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.listing.regular_file import expect_regular
from evaluate.store.atomic import file_name
from evaluate.store.formats.checked_lines import checked_line, unchecked
from evaluate.store.formats.shapes import expect_shape
from evaluate.votes.mask_names import MASK_NAME_LENGTH

VOTES = "votes"  # in the folder of a dataset's reports
LEFT, RIGHT, EQUAL, UNDONE = "left", "right", "equal", "undone"
LONGEST_TEXT = 60  # characters of a voter's name
_SHAPE = {
    "voter": str, "pair": str, "left": str, "right": str, "choice": str,
    "style": str, "seconds": float, "at": str,
}  # fmt: skip
_NAME = re.compile(rf"[0-9a-f]{{{MASK_NAME_LENGTH}}}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@dataclass(frozen=True)
class Vote:
    """One choice between two masks.

    voter    the name that the voter gave
    pair     the name of the pair on the page, equal for both orders of the masks
    left     the names of the masks (``evaluate.votes.mask_names``) as they were shown
    right
    choice   left, right or equal, or undone
    style    how the masks were drawn: cut-out, outline or shade
    seconds  from the first sight of the masks to the choice
    at       when, in UTC, as 2026-01-31T12:00:00.000Z
    """

    voter: str
    pair: str
    left: str
    right: str
    choice: str
    style: str
    seconds: float
    at: str

    @property
    def preferred(self) -> str | None:
        """The name of the better mask; None if both are equally good."""
        return {LEFT: self.left, RIGHT: self.right}.get(self.choice)


@dataclass(frozen=True)
class StoredVotes:
    """The votes that count, in the order of their time, and what could not be read."""

    votes: tuple[Vote, ...]
    problems: tuple[str, ...]


def parse_vote(content: Any) -> Vote:
    """A vote from decoded JSON.

    Raises:
        ValueError: it is none.
    """
    expect_shape(content, _SHAPE)
    vote = Vote(**{name: content[name] for name in _SHAPE})
    if vote.choice not in (LEFT, RIGHT, EQUAL, UNDONE):
        raise ValueError("choice is none of left, right, equal and undone")
    if not all(_NAME.fullmatch(name) for name in (vote.pair, vote.left, vote.right)):
        raise ValueError("the name of a mask or pair is none")
    if vote.left == vote.right or not _TIME.fullmatch(vote.at) or vote.seconds < 0:
        raise ValueError("its masks, time or seconds are impossible")
    texts = {"voter": vote.voter, "style": vote.style}
    for name, text in texts.items():
        if not text.strip() or not text.isprintable() or len(text) > LONGEST_TEXT:
            raise ValueError(f"{name} is not 1 to {LONGEST_TEXT} printable characters")
    return vote


def append_vote(folder: Path, vote: Vote) -> Path:
    """Append a vote to its voter's file in ``folder``; it is on the disk when this returns."""
    path = folder / f"{file_name(vote.voter)}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        end = os.lseek(file, 0, os.SEEK_END)
        line = checked_line(dataclasses.asdict(vote))
        if end and os.pread(file, 1, end - 1) != b"\n":  # a power cut took the last line's end
            line = b"\n" + line
        try:
            if os.write(file, line) < len(line):
                raise OSError(f"{path}: no space left")
        except OSError:
            os.ftruncate(file, end)
            raise
        os.fsync(file)
    finally:
        os.close(file)
    return path


def read_votes(folder: Path) -> StoredVotes:
    """Every vote in a folder that was not undone. Damaged lines and files are problems."""
    latest: dict[tuple[str, str], Vote] = {}
    problems: list[str] = []
    files = [path for ending in ("jsonl", "json") for path in sorted(folder.glob(f"*.{ending}"))]
    for path in files:
        for vote in _read_file(path, problems):
            before = latest.get((vote.voter, vote.pair))
            if before is None or before.at <= vote.at:
                latest[vote.voter, vote.pair] = vote
    votes = (vote for vote in latest.values() if vote.choice != UNDONE)
    return StoredVotes(tuple(sorted(votes, key=lambda one: (one.at, one.voter))), tuple(problems))


def _read_file(path: Path, problems: list[str]) -> Iterator[Vote]:
    try:
        expect_regular(path)
        data = path.read_bytes()
        contents = _lines(data) if path.suffix == ".jsonl" else _exported(data)
    except (OSError, ValueError, RecursionError) as error:
        problems.append(f"{path} is no file of votes ({error}); export it again")
        return
    damaged = 0
    for content in contents:
        try:
            yield parse_vote(content)
        except ValueError:
            damaged += 1
    if damaged:
        problems.append(f"{path}: {damaged} damaged votes are left out")


def _lines(data: bytes) -> Iterable[Any]:
    """The content of each line; None for a damaged one."""
    for line in filter(None, data.split(b"\n")):
        try:
            yield json.loads(unchecked(line))
        except (ValueError, RecursionError):
            yield None


def _exported(data: bytes) -> list[Any]:
    content = json.loads(data)
    expect_shape(content, {"votes": [object]})
    votes: list[Any] = content["votes"]
    return votes
