"""A manifest's rows sorted by id, in a file of their own, so that a million of them need no memory.

The file is made once for each content of a manifest, and is disposable. It holds the manifest's
URLs, so only its owner may read it.
"""

import hashlib
import json
import os
import sqlite3
import tempfile
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from datasets.by_url.locations import scheme_of
from datasets.by_url.manifest_rows import read_manifest
from datasets.by_url.row_scales import row_scale_faults
from datasets.caching.file_hash import file_hash
from datasets.errors import DatasetError
from datasets.listing.metadata import scale
from datasets.listing.names import nfc
from datasets.listing.scales import misnamed_scale
from datasets.listing.tables import TableRow
from datasets.messages import SHOWN, counted

ID, IMAGE, TRUTH = "id", "image", "truth"
FORMAT = "2"  # of the file: raise it with each change of what is in it
KEPT_TABLES = 4  # manifests whose files stay
ROWS_AT_ONCE = 500  # rows that are read at once
LONGEST_ID = 200  # bytes: masks are named by it


@dataclass(frozen=True)
class ManifestRow:
    """One photo. ``image`` and ``truth`` are paths or URLs as the manifest has them."""

    id: str
    image: str
    truth: str
    tags: dict[str, str]
    mm_per_px: float | None


class RowTable:
    """The rows of one manifest, by their places in the order of their ids."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._file = sqlite3.connect(path, check_same_thread=False)
        weakref.finalize(self, self._file.close)
        self._about: dict[str, list[str]] = {
            str(key): json.loads(value)
            for key, value in self._file.execute("SELECT key, value FROM about")
        }
        self.count = int(self._about["count"][0])

    @property
    def problems(self) -> list[str]:
        """Lines about rows that are left out."""
        return self._about["problems"]

    @property
    def warnings(self) -> list[str]:
        """Lines about faults that lose no photo."""
        return self._about["warnings"]

    @property
    def schemes(self) -> set[str]:
        """The protocols of its URLs."""
        return set(self._about["schemes"])

    def rows(self, start: int, stop: int) -> Iterator[ManifestRow]:
        """The rows at the places from ``start`` to before ``stop``."""
        for first in range(start, stop, ROWS_AT_ONCE):
            with self._lock:
                found = self._file.execute(
                    "SELECT id, image, truth, tags, mm FROM rows WHERE place >= ? AND place < ? "
                    "ORDER BY place",
                    (first, min(stop, first + ROWS_AT_ONCE)),
                ).fetchall()
            for id_, image, truth, tags, mm_per_px in found:
                yield ManifestRow(id_, image, truth, json.loads(tags) if tags else {}, mm_per_px)


def row_table(manifest: Path, folder: Path) -> RowTable:
    """The rows of ``manifest``; its file is made in ``folder`` unless it is there.

    Raises:
        DatasetError: the manifest cannot be read, or has no usable row.
    """
    key = hashlib.sha256(f"{FORMAT} {manifest} {file_hash(manifest)}".encode()).hexdigest()[:32]
    path = folder / f"{key}.sqlite"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.is_file():
        try:
            table = RowTable(path)
        except (sqlite3.DatabaseError, ValueError, KeyError):  # damaged
            path.unlink()
        else:
            os.utime(path)
            return table
    handle, unfinished = tempfile.mkstemp(dir=folder, prefix=".unfinished-")
    os.close(handle)
    try:
        _write(manifest, Path(unfinished))
        Path(unfinished).replace(path)
    finally:
        Path(unfinished).unlink(missing_ok=True)
    for old in sorted(folder.glob("*.sqlite"), key=lambda one: -one.stat().st_mtime)[KEPT_TABLES:]:
        old.unlink(missing_ok=True)
    return RowTable(path)


class _Lines:
    """Lines of one kind: the first few, and how many more there are."""

    def __init__(self, manifest: Path, what: str) -> None:
        self._manifest, self._what = manifest, what
        self._lines: list[str] = []
        self._count = 0

    def append(self, line: str) -> None:
        self._count += 1
        if len(self._lines) < SHOWN:
            self._lines.append(line)

    def shown(self) -> list[str]:
        rest = self._count - len(self._lines)
        return [*self._lines, *([f"{self._manifest}: {rest:,} more {self._what}"] if rest else [])]


def _write(manifest: Path, path: Path) -> None:
    problems = _Lines(manifest, "such rows")
    scaleless = list[str]()
    warnings = _Lines(manifest, "such lines")
    schemes: set[str] = set()
    columns: set[str] = set()

    def checked(row: TableRow) -> tuple[str, str, str, str, float | None, int] | None:
        if (fault := _fault(row)) is not None:
            problems.append(f"{manifest}, line {row.line}: {fault}")
            return None
        columns.update(row.cells)
        id_, image, truth = (row.cells.pop(name) for name in (ID, IMAGE, TRUTH))
        schemes.update((scheme_of(image), scheme_of(truth)))
        mm_per_px = scale(manifest, row, id_, scaleless)
        for line in scaleless:
            warnings.append(line)
        scaleless.clear()
        tags = json.dumps(row.cells) if row.cells else ""
        return nfc(id_), image, truth, tags, mm_per_px, row.line

    file = sqlite3.connect(path)
    try:
        file.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
            "CREATE TABLE read (id TEXT, image TEXT, truth TEXT, tags TEXT, mm REAL, line INTEGER);"
            "CREATE TABLE rows (place INTEGER PRIMARY KEY, id TEXT, image TEXT, truth TEXT,"
            " tags TEXT, mm REAL);"
            "CREATE TABLE about (key TEXT, value TEXT);"
        )
        rows = tqdm(read_manifest(manifest), manifest.name, unit="row", delay=1, leave=False)
        _insert(file, rows, checked)
        for id_, first, times in _repeated(file):
            problems.append(
                f"{manifest}: the id '{id_}' stands in {counted(times, 'row')}, first in line "
                f"{first}; give each its own, until then none is used"
            )
        count = file.execute("SELECT COUNT(*) FROM rows").fetchone()[0]
        if not count:
            found = [*problems.shown(), f"{manifest}: nothing to evaluate (no usable row)"]
            raise DatasetError("\n".join(found))
        about = {
            "count": [str(count)],
            "problems": problems.shown(),
            "warnings": [
                *warnings.shown(),
                *misnamed_scale(manifest, sorted(columns)),
                *row_scale_faults(manifest, file),
            ],
            "schemes": sorted(schemes - {""}),
        }
        values = [(key, json.dumps(value)) for key, value in about.items()]
        file.executemany("INSERT INTO about VALUES (?, ?)", values)
        file.execute("DROP TABLE read")
        file.commit()
        file.execute("VACUUM")
    finally:
        file.close()


def _insert(
    file: sqlite3.Connection,
    rows: Iterator[TableRow],
    checked: Callable[[TableRow], Sequence[object] | None],
) -> None:
    """Store the usable rows in ``read``, then those of one id each, sorted, in ``rows``."""
    file.executemany(
        "INSERT INTO read VALUES (?, ?, ?, ?, ?, ?)",
        (found for row in rows if (found := checked(row)) is not None),
    )
    file.execute("CREATE INDEX by_id ON read (id)")
    file.execute(
        "INSERT INTO rows SELECT ROW_NUMBER() OVER (ORDER BY id) - 1, id, image, truth, tags, mm "
        "FROM read WHERE id NOT IN (SELECT id FROM read GROUP BY id HAVING COUNT(*) > 1) "
        "ORDER BY id"
    )


def _repeated(file: sqlite3.Connection) -> Iterator[tuple[str, int, int]]:
    """Ids of several rows, with the line of the first and their number."""
    yield from file.execute(
        "SELECT id, MIN(line), COUNT(*) FROM read GROUP BY id HAVING COUNT(*) > 1 ORDER BY id"
    )


def _fault(row: TableRow) -> str | None:
    """Why a row cannot be used; None where it can."""
    for name in (ID, IMAGE, TRUTH):
        if not row.cells.get(name):
            return f"without '{name}'; fill it in"
    id_ = row.cells[ID]
    if "/" in id_ or "\\" in id_ or "\0" in id_ or id_.startswith("."):
        return f"the id {id_!a} cannot name a file; leave out / and \\ and a leading point"
    if len(id_.encode()) > LONGEST_ID:
        return f"an id of more than {LONGEST_ID} bytes; shorten it"
    return None
