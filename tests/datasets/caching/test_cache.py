"""Kept results: found by other processes, dropped where damaged, and never needed."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasets.caching import cache
from datasets.caching.file_hash import file_hash
from evaluate.store.identity import ROOT

LONG_AGO = 10**18  # ns: 2001


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Path]:
    """The file that is in use during a test."""
    path = tmp_path / "cache.sqlite"
    cache.use(path)
    yield path
    cache.use(None)


def reopened(path: Path) -> None:
    """As another process would: nothing is known but the file."""
    cache.use(None)
    cache.use(path)


def test_a_result_is_found_again_by_its_kind_and_key(kept: Path) -> None:
    value = {"iou": 0.1 + 0.2, "tags": ["a"], "none": None}
    cache.put("score", "key", value)
    reopened(kept)
    assert cache.get("score", "key") == value
    assert cache.get("score", "other") is None
    assert cache.get("other", "key") is None
    assert cache.remembered("score", lambda: "new", lambda: 5) == 5
    assert cache.remembered("score", lambda: "new", lambda: 6) == 5


def test_nothing_is_kept_before_a_file_is_in_use() -> None:
    cache.put("score", "key", 1)
    assert cache.get("score", "key") is None


def test_a_changed_value_is_not_believed(kept: Path) -> None:
    cache.put("score", "key", 0.747)
    cache.flush()
    with sqlite3.connect(kept) as file:
        file.execute("UPDATE results SET value = replace(value, '0.747', '0.947')")
    reopened(kept)
    assert cache.get("score", "key") is None


def test_a_value_of_another_key_is_not_believed(kept: Path) -> None:
    cache.put("score", "one", 0.7)
    cache.put("score", "other", 0.9)
    cache.flush()
    with sqlite3.connect(kept) as file:
        swap = "UPDATE results SET value = (SELECT value FROM results WHERE key = 'one')"
        file.execute(swap)
    reopened(kept)
    assert cache.get("score", "one") == 0.7
    assert cache.get("score", "other") is None


def test_what_was_replaced_while_it_was_computed_is_not_kept(kept: Path) -> None:
    keys = iter(["before", "after", "before", "before"])
    assert cache.remembered("score", lambda: next(keys), lambda: 1) == 1
    assert cache.get("score", "before") is cache.get("score", "after") is None
    assert cache.remembered("score", lambda: next(keys), lambda: 2) == 2
    assert cache.get("score", "before") == 2


def test_a_lock_is_waited_for_once(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "WAIT_S", 0)
    cache.put("score", "stored", 1)
    cache.flush()
    reopened(kept)
    assert cache.get("score", "stored") == 1
    other = sqlite3.connect(kept, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert cache.get("score", "stored") is None
    other.execute("ROLLBACK")
    assert cache.get("score", "stored") is None  # given up, or every result would wait
    cache.put("score", "new", 2)
    cache.flush()
    assert cache.get("score", "new") == 2
    reopened(kept)
    assert cache.get("score", "stored") == 1
    other.close()


def test_a_file_that_proves_damaged_is_begun_anew(kept: Path) -> None:
    for number in range(200):
        cache.put("score", str(number), "x" * 100)
    cache.flush()
    content = bytearray(kept.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    kept.write_bytes(content)
    reopened(kept)
    assert cache.get("score", "0") is None
    assert not kept.exists()
    reopened(kept)
    cache.put("score", "0", 1)
    reopened(kept)
    assert cache.get("score", "0") == 1


@pytest.mark.parametrize("content", [b"no database", b"", b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "cache.sqlite"
    path.write_bytes(content)
    program = (
        "import sys; from pathlib import Path; from datasets.caching import cache\n"
        "cache.use(Path(sys.argv[1])); print(cache.get('a', 'b')); cache.put('a', 'b', 7)\n"
        "print(cache.get('a', 'b')); cache.flush()"
    )
    command = [sys.executable, "-c", program, str(path)]
    for expected in ("None\n7\n", None, "7\n7\n"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert expected in (None, done.stdout)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    cache.use(tmp_path / "file" / "cache.sqlite")
    (tmp_path / "file").write_text("no folder")
    cache.put("a", "b", 1)
    cache.flush()
    assert cache.get("a", "b") == 1
    cache.use(None)


def test_a_hash_is_that_of_the_bytes_whatever_is_kept(kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"one")
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    first = file_hash(path)
    path.write_bytes(b"two")  # of the same size, and with the time of the first
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    second = file_hash(path)
    assert first != second
    reopened(kept)
    assert file_hash(path) == second
    assert file_hash(tmp_path / "none") == "FileNotFoundError"


def test_a_key_tells_its_parts_apart() -> None:
    assert cache.key_of("a", "b") != cache.key_of("ab")
    assert cache.key_of(1) != cache.key_of("1") != cache.key_of(1.0)
    assert cache.code_key("datasets") != cache.code_key("models")
