"""Results that need not be computed again, by a key of everything they depend on.

One SQLite file that several processes may use at once. It is disposable: without it, or where it
cannot be read or written, everything is computed. Nothing is looked up or kept before ``use``.
Every value has a checksum, so a damaged one is computed again.
"""

import hashlib
import json
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).parents[2]
PACKAGES = (
    *("contourpy", "matplotlib", "numpy", "opencv-python-headless", "pillow", "pillow-heif"),
    *("pycocotools", "scipy", "shapely"),
)
LARGEST_BYTES = 1 << 30  # a larger file holds mostly results of files that are long gone
FLUSH_S = 1.0
WAIT_S = 5.0  # for another process that writes


class _Store:
    """The file, opened once its folder exists, and what is not written to it yet."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, str], str] = {}
        self._flushed = time.monotonic()
        self._file: sqlite3.Connection | None = None
        self._closed = False  # it cannot be used

    def get(self, kind: str, key: str) -> Any:
        with self._lock:
            text = self._pending.get((kind, key)) or self._selected(kind, key)
        if text is None:
            return None
        check, _, value = text.partition(" ")
        return json.loads(value) if check == _checksum(kind, key, value) else None

    def put(self, kind: str, key: str, value: object) -> None:
        text = json.dumps(value)
        with self._lock:
            self._pending[kind, key] = f"{_checksum(kind, key, text)} {text}"
            if time.monotonic() - self._flushed > FLUSH_S:
                self._flush()

    def flush(self) -> None:
        with self._lock:
            self._flush()

    def _flush(self) -> None:
        rows = [(kind, key, text) for (kind, key), text in self._pending.items()]
        self._flushed = time.monotonic()
        file = self._opened()
        if file is None or not rows:
            return
        try:
            with file:
                file.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", rows)
        except sqlite3.DatabaseError as error:
            self._give_up(error)
            return
        self._pending.clear()

    def _selected(self, kind: str, key: str) -> str | None:
        file = self._opened()
        if file is None:
            return None
        try:
            found = file.execute(
                "SELECT value FROM results WHERE kind = ? AND key = ?", (kind, key)
            ).fetchone()
        except sqlite3.DatabaseError as error:
            self._give_up(error)
            return None
        return found and str(found[0])

    def _opened(self) -> sqlite3.Connection | None:
        if self._file is None and not self._closed and self.path.parent.is_dir():
            try:
                self._connect()
            except sqlite3.DatabaseError as error:
                self._give_up(error)
            except OSError:
                self._closed = True
        return self._file

    def _connect(self) -> None:
        if self.path.is_file() and self.path.stat().st_size > LARGEST_BYTES:
            self.path.unlink()
        self._file = sqlite3.connect(self.path, timeout=WAIT_S, check_same_thread=False)
        self._file.execute("PRAGMA synchronous=OFF")  # checksums tell what a power cut damaged
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS results "
            "(kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def _give_up(self, error: sqlite3.DatabaseError) -> None:
        """Use the file no more: whoever waited for a lock once would wait at every result."""
        self._closed = True
        if self._file is not None:
            self._file.close()
            self._file = None
        if not isinstance(error, sqlite3.OperationalError):  # locked, full or not writable
            with suppress(OSError):
                self.path.unlink()  # damaged: the next command begins a new one


_current: list[_Store] = []


def use(path: Path | None) -> None:
    """Look results up in this file, and keep new ones there; the file need not exist.

    None: look nothing up, and keep nothing.
    """
    flush()
    if path is None:
        _current.clear()
    elif not _current or _current[0].path != path.resolve():
        _current[:] = [_Store(path.resolve())]


def flush() -> None:
    """Write what is not written yet."""
    for store in _current:
        store.flush()


def get(kind: str, key: str) -> Any:
    """What was kept under this key; None if nothing was. JSON has lists only, no tuples."""
    return _current[0].get(kind, key) if _current else None


def put(kind: str, key: str, value: object) -> None:
    """Keep a value of JSON's types under a key."""
    if _current:
        _current[0].put(kind, key, value)


def remembered(kind: str, key: Callable[[], str], compute: Callable[[], Any]) -> Any:
    """What was kept under a key, or else what ``compute`` returns now, of JSON's types.

    It is kept if the key is still the same then: files that have been replaced in the meantime may
    be those that were read.
    """
    before = key()
    found = get(kind, before)
    if found is None:
        found = compute()
        if key() == before:
            put(kind, before, found)
    return found


def key_of(*parts: object) -> str:
    """A key of parts that ``ascii`` tells apart."""
    return hashlib.sha256(ascii(parts).encode()).hexdigest()


@cache
def code_key(*folders: str) -> str:
    """Hash of the sources in these folders, and of the versions of the packages that they use."""
    files = sorted(file for folder in folders for file in (_PROJECT / folder).rglob("*.py"))
    sources = [(str(file.relative_to(_PROJECT)), file.read_bytes()) for file in files]
    return key_of(sources, _versions())


@cache
def _versions() -> list[tuple[str, str]]:
    return [(name, version(name)) for name in PACKAGES]


def _checksum(*texts: str) -> str:
    return f"{zlib.crc32(' '.join(texts).encode()):08x}"
