"""Forms that stored files are written in: CSV, lines with a check, shapes of JSON, the cache."""

import csv
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from datasets.caching.cache import _checksum, _Store
from evaluate.store.formats.checked_lines import checked_line, unchecked
from evaluate.store.formats.csv_columns import CsvColumns
from evaluate.store.formats.formula_cells import text_cell, texts_of
from evaluate.store.formats.run_shapes import ABOUT
from evaluate.store.formats.shapes import expect_shape
from evaluate.votes.store import Vote, append_vote, read_votes
from tests.fuzz.target import Ready, Target, only, unchanged
from tests.fuzz.targets.stored_run import scored


def _formula_cells(_: Path) -> Ready:
    def check(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        cell = text_cell(text)
        assert texts_of([cell]) == [text]

    return Ready([b"=cmd()", b"'=x", b"''", b"-1", b"+x", b"\xef\xbc\x9d1", b"@\r"], check)


def _csv(_: Path) -> Ready:
    def read(data: bytes) -> None:
        table = CsvColumns.of(data.decode("utf-8", "surrogateescape"))
        with suppress(KeyError):
            assert len(table.texts("id")) == len(table)
            assert table.numbers(["x"]).shape == (1, len(table))

    corpus = [b"id,x,y\r\na,1,\r\nb,,2\r\n", b'id,x\r\n"a,b",1\r\n']
    return Ready(corpus, only(read, ValueError, IndexError, csv.Error, StopIteration))


def _lines_round_trip(_: Path) -> Ready:
    def check(data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        line = checked_line({"id": text, "x": [len(text)]})
        assert json.loads(unchecked(line.removesuffix(b"\n"))) == {"id": text, "x": [len(text)]}

    return Ready([b"a", b'", "check": "', b"\xff\0\n"], check)


def _shapes(scratch: Path) -> Ready:
    about = json.dumps(scored(scratch / "run", 0.5).about())

    def read(data: bytes) -> None:
        expect_shape(json.loads(data), ABOUT)

    return Ready([about.encode()], only(read, ValueError, RecursionError))


def _votes(scratch: Path) -> Ready:
    name = "a" * 20
    vote = Vote("Bo", name, name, "b" * 20, "left", "cut-out", 1.5, "2026-01-01T10:00:00.000Z")
    whole = append_vote(scratch / "votes", vote).read_bytes()
    lines, exported = scratch / "votes" / "Bo.jsonl", scratch / "votes" / "Bo.json"

    def read(data: bytes) -> None:
        lines.write_bytes(data)
        exported.write_bytes(data)
        read_votes(scratch / "votes")

    return Ready([whole, json.dumps({"votes": [asdict(vote)]}).encode()], read)


def _cache(scratch: Path) -> Ready:
    value = json.dumps({"iou": 0.5, "tags": ["x"]})
    whole = f"{_checksum('score', 'k', value)} {value}".encode()
    store = _Store(scratch / "cache")

    def read(data: bytes) -> object:
        store._pending["score", "k"] = data.decode("utf-8", "replace")
        found = store.get("score", "k")
        return json.loads(value) if found is None else found  # computed again

    return Ready([whole], unchanged(read, whole))


TARGETS = (
    Target("formula cells, round trip", _formula_cells, share=2, guided=True),
    Target("CSV columns", _csv, share=2, guided=True),
    Target("checked lines, round trip", _lines_round_trip),
    Target("shapes of JSON", _shapes),
    Target("votes", _votes),
    Target("cache", _cache),
)
