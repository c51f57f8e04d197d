"""Votes on disk: appended lines, exported files, and damage to both."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from evaluate.votes.store import Vote, append_vote, parse_vote, read_votes

VOTE = Vote(
    "Anna", "0" * 20, "a" * 20, "b" * 20, "left", "cut-out", 1.5, "2026-01-01T10:00:00.000Z"
)


def later(minute: int, pair: str = VOTE.pair, choice: str = "left") -> Vote:
    return replace(VOTE, at=f"2026-01-01T10:{minute:02}:00.000Z", pair=pair, choice=choice)


def test_a_later_vote_replaces_an_earlier_one_and_undone_votes_are_gone(tmp_path: Path) -> None:
    other = later(1, pair="1" * 20)
    for vote in (VOTE, other, later(2, choice="right"), replace(other, choice="undone")):
        append_vote(tmp_path, vote)
    append_vote(tmp_path, replace(VOTE, voter="Bo/../x"))
    found = read_votes(tmp_path)
    assert found.votes == (replace(VOTE, voter="Bo/../x"), later(2, choice="right"))
    assert found.problems == ()
    assert {path.name for path in tmp_path.iterdir()} == {"Anna.jsonl", "Bo-..-x.jsonl"}


def test_an_exported_file_counts_once_with_the_lines(tmp_path: Path) -> None:
    append_vote(tmp_path, VOTE)
    exported = {"voter": "Anna", "votes": [asdict(VOTE), asdict(later(1, pair="1" * 20))]}
    (tmp_path / "votes-x-Anna.json").write_text(json.dumps(exported))
    assert len(read_votes(tmp_path).votes) == 2
    append_vote(tmp_path, later(5, choice="undone"))
    assert read_votes(tmp_path).votes == (later(1, pair="1" * 20),)


def test_damage_loses_one_vote_and_is_said(tmp_path: Path) -> None:
    for minute in range(3):
        path = append_vote(tmp_path, later(minute, pair=str(minute) * 20))
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"left", b"rght", 1) + lines[2][:-9])
    append_vote(tmp_path, later(4, pair="4" * 20))  # behind a line without an end
    (tmp_path / "bad.json").write_text("[")
    found = read_votes(tmp_path)
    assert [vote.pair[0] for vote in found.votes] == ["0", "4"]
    assert len(found.problems) == 2
    assert "2 damaged votes" in found.problems[0]
    assert "bad.json" in found.problems[1]
    assert read_votes(tmp_path / "none").votes == ()


@pytest.mark.parametrize(
    "change",
    [
        {"choice": "both"}, {"left": "../x"}, {"right": "a" * 20}, {"at": "now"}, {"seconds": -1},
        {"seconds": "1"}, {"voter": " "}, {"voter": "x" * 61}, {"pair": None},
        {"voter": "\ud800"}, {"style": "x\n"},
    ],
)  # fmt: skip
def test_what_is_no_vote_is_refused(change: dict[str, object]) -> None:
    assert parse_vote(asdict(VOTE)) == VOTE
    with pytest.raises(ValueError, match=r"."):
        parse_vote(asdict(VOTE) | change)
    with pytest.raises(ValueError, match=r"."):
        parse_vote([])
