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
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).parents[2]
PACKAGES = ("numpy", "opencv-python-headless", "pillow", "pillow-heif", "shapely", "scipy")
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
        return json.loads(value) if check == _checksum(value) else None

    def put(self, kind: str, key: str, value: object) -> None:
        text = json.dumps(value)
        with self._lock:
            self._pending[kind, key] = f"{_checksum(text)} {text}"
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
        except sqlite3.DatabaseError:  # another process holds it, or the disk is full
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
        except sqlite3.DatabaseError:
            return None
        return found and str(found[0])

    def _opened(self) -> sqlite3.Connection | None:
        if self._file is None and not self._closed and self.path.parent.is_dir():
            try:
                self._file = _connected(self.path)
            except (sqlite3.DatabaseError, OSError):
                self._closed = True
        return self._file


def _connected(path: Path) -> sqlite3.Connection:
    if path.is_file() and path.stat().st_size > LARGEST_BYTES:
        path.unlink()
    file = sqlite3.connect(path, timeout=WAIT_S, check_same_thread=False)
    try:
        file.execute("PRAGMA synchronous=OFF")  # checksums tell what a power cut damaged
        file.execute(
            "CREATE TABLE IF NOT EXISTS results "
            "(kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )
    except sqlite3.DatabaseError as error:
        file.close()
        if not isinstance(error, sqlite3.OperationalError):  # locked, full or not writable
            path.unlink()  # damaged: the next command begins a new one
        raise
    return file


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


def remembered(kind: str, key: str, compute: Callable[[], Any]) -> Any:
    """What was kept under this key, or what ``compute`` returns now; it may not return None."""
    found = get(kind, key)
    if found is None:
        found = compute()
        put(kind, key, found)
    return found


def key_of(*parts: object) -> str:
    """A key of parts that ``ascii`` tells apart."""
    return hashlib.sha256(ascii(parts).encode()).hexdigest()


@cache
def code_key(*folders: str) -> str:
    """Hash of the sources in these folders, and of the versions of the packages that they use."""
    files = sorted(file for folder in folders for file in (_PROJECT / folder).rglob("*.py"))
    sources = [(str(file.relative_to(_PROJECT)), file.read_bytes()) for file in files]
    return key_of(sources, [(name, version(name)) for name in PACKAGES])


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"
