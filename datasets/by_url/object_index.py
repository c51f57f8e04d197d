"""What a cache of objects knows: each object's version and hash, and each file's use.

One SQLite file beside the files. An object is known by a hash of its URL, so that no URL, which may
be signed, is stored. It is disposable: without it, objects are read again.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.decoding.file_stamp import Stamp
from datasets.errors import DatasetError

LOCKED_S = 30.0  # for another process that writes
USES_WRITTEN_S = 1.0
_TABLES = """
CREATE TABLE IF NOT EXISTS objects (object BLOB PRIMARY KEY, version TEXT, sha256 BLOB)
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files
    (name TEXT PRIMARY KEY, bytes INTEGER, stamp TEXT, used REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS by_use ON files (used);
"""


@dataclass(frozen=True)
class KnownObject:
    """The version that was read last, and the sha256 (32 bytes) of what was read."""

    version: str
    sha256: bytes


class ObjectIndex:
    """The index at ``path``, which several threads and processes may use."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._used: dict[str, float] = {}  # not written yet
        self._flushed = time.monotonic()
        try:
            self._file = self._opened(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # locked, full or not writable
                raise DatasetError(f"{path}: {error}; set dataset.cache=FOLDER") from error
            path.unlink()  # damaged
            self._file = self._opened(path)

    @staticmethod
    def _opened(path: Path) -> sqlite3.Connection:
        file = sqlite3.connect(
            path, timeout=LOCKED_S, check_same_thread=False, isolation_level=None
        )
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=OFF")  # a file's stamp and hash tell what was lost
        file.executescript(_TABLES)
        return file

    def known(self, object_: bytes) -> KnownObject | None:
        """What was read of an object last."""
        row = self._one("SELECT version, sha256 FROM objects WHERE object = ?", (object_,))
        return KnownObject(str(row[0]), bytes(row[1])) if row else None

    def note_object(self, object_: bytes, known: KnownObject) -> None:
        """Keep an object's version and hash."""
        self._do(
            "INSERT OR REPLACE INTO objects VALUES (?, ?, ?)",
            (object_, known.version, known.sha256),
        )

    def stamp(self, name: str) -> Stamp | None:
        """The stamp that a file had when it was hashed."""
        row = self._one("SELECT stamp FROM files WHERE name = ?", (name,))
        return tuple(map(int, str(row[0]).split())) if row else None

    def note_file(self, name: str, size: int, stamp: Stamp) -> None:
        """Add a file."""
        text = " ".join(map(str, stamp))
        self._do(
            "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", (name, size, text, time.time())
        )

    def note_use(self, name: str) -> None:
        """Note that a file is used now; in groups, as it is noted for each photo."""
        with self._lock:
            self._used[name] = time.time()
            if time.monotonic() - self._flushed > USES_WRITTEN_S:
                self._flush()

    def forget_file(self, name: str) -> None:
        """Remove a file."""
        self._do("DELETE FROM files WHERE name = ?", (name,))

    def total_bytes(self) -> int:
        """The size of all files."""
        row = self._one("SELECT TOTAL(bytes) FROM files", ())
        return int(row[0]) if row else 0

    def least_used(self) -> Iterator[tuple[str, int]]:
        """Names and sizes, those first that have not been used for the longest time."""
        with self._lock:
            self._flush()
            rows = self._file.execute("SELECT name, bytes FROM files ORDER BY used").fetchall()
        yield from rows

    def close(self) -> None:
        """Write what is not written yet."""
        with self._lock, closing(self._file):
            self._flush()

    def _flush(self) -> None:
        rows = [(at, name) for name, at in self._used.items()]
        self._file.execute("BEGIN")
        self._file.executemany("UPDATE files SET used = ? WHERE name = ?", rows)
        self._file.execute("COMMIT")
        self._used.clear()
        self._flushed = time.monotonic()

    def _do(self, statement: str, values: Sequence[object]) -> None:
        with self._lock:
            self._file.execute(statement, values)

    def _one(self, statement: str, values: Sequence[object]) -> tuple[Any, ...] | None:
        with self._lock:
            row: tuple[Any, ...] | None = self._file.execute(statement, values).fetchone()
        return row
