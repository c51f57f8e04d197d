"""Read photos.parquet, a run at a time: whole columns, of which only those that are needed.

Any Parquet file with the columns ``row``, ``id`` and ``iou`` will do. The rows of a run need not
lie together, but a file in which they do is read in less memory.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from evaluate.errors import ReportsError
from evaluate.store.formats.columns import Coded, PhotoColumn
from evaluate.store.formats.csv_columns import FloatColumn
from evaluate.store.photo_table.columns import OUTSIDE_SHARE, TAG, TRAIT
from evaluate.store.photo_table.parquet_file import INSTALL, METADATA, has_pyarrow
from evaluate.store.prediction_table import PredictionTable
from evaluate.store.run_folder import OK
from evaluate.store.score_table import ScoreTable
from evaluate.store.scores import MEASURES, NO_TRUTH, ORACLE

if TYPE_CHECKING:
    import pyarrow as pa

T = TypeVar("T", np.float64, np.int32)

NEEDED_COLUMNS = ("row", "id", "iou")
NO_IOU = "no-iou"  # the status of a photo without an IoU, in a table without that column
_NUMBERS = ("iou", *MEASURES, ORACLE, "seconds", "peak_rss_bytes", "candidates")
_READ = ("row", "label", "id", "status", "error", *_NUMBERS, OUTSIDE_SHARE)


@dataclass(frozen=True)
class TablePart:
    """The photos of one run. ``overhanging`` of those that count have truth outside the crop."""

    row: str
    label: str
    scores: ScoreTable
    predictions: PredictionTable
    overhanging: int


class PhotoTableFile:
    """A file of photos.

    Raises:
        ReportsError: pyarrow is missing, or the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        if not has_pyarrow():
            raise ReportsError(f"{path}: reading it needs pyarrow; run: {INSTALL}")
        import pyarrow as pa
        from pyarrow import parquet

        self.path = path
        try:
            self._file = parquet.ParquetFile(path)
        except (OSError, pa.ArrowException) as error:
            if path.suffix == ".csv":
                raise ReportsError(
                    f"{path}: table= reads Parquet; give photos.parquet, which make compare writes "
                    "beside it, or write a CSV of your own as Parquet (docs/notebook.md)"
                ) from error
            raise ReportsError(f"{path}: not a Parquet file that can be read ({error})") from error
        self._names = self._file.schema_arrow.names
        if missing := [name for name in NEEDED_COLUMNS if name not in self._names]:
            raise ReportsError(f"{path}: has no column {', '.join(missing)}; see docs/photos.md")
        self._first_ids: tuple[Any, list[str]] | None = None
        self._first_stored: list[Any] = []

    @cached_property
    def about(self) -> dict[str, Any]:
        """What was stored of the comparison and its rows; empty if another program wrote it."""
        stored = (self._file.schema_arrow.metadata or {}).get(METADATA)
        return dict(json.loads(stored)) if stored else {}

    def parts(self) -> Iterator[TablePart]:
        """Every run, in the file's order."""
        names = [name for name in _READ if name in self._names]
        groups = self._row_groups()
        if groups is None:
            for row, table in self._tables(names):
                yield self._part(row, table)
            return
        for row, places in groups.items():
            known = {"row", "id"} if self._has_first_ids(places) else {"row"}
            columns = [name for name in names if name not in known]
            yield self._part(row, self._file.read_row_groups(places, columns=columns))

    def _has_first_ids(self, places: list[int]) -> bool:
        """Whether the ids in these row groups are stored byte by byte as those of the first run.

        Decoding the ids of every run would take as long as everything else that is read.
        """
        place = self._file.schema.names.index("id")
        stored = []
        with self.path.open("rb") as file:
            for number in places:
                column = self._file.metadata.row_group(number).column(place)
                starts = column.dictionary_page_offset, column.data_page_offset
                file.seek(min(start for start in starts if start is not None))
                form = column.num_values, column.encodings, column.compression
                stored.append((*form, file.read(column.total_compressed_size)))
        if not self._first_stored:
            self._first_stored = stored
            return False
        return stored == self._first_stored

    def known(self, row: str) -> dict[str, dict[str, PhotoColumn]]:
        """Tags and traits of the photos of ``row``, in its order, by the prefix of their names."""
        names = [name for name in self._names if name.startswith((TAG, TRAIT))]
        table = next(table for own, table in self._tables(["row", *names]) if own == row)
        found: dict[str, dict[str, PhotoColumn]] = {TAG: {}, TRAIT: {}}
        for name in names:
            prefix = TAG if name.startswith(TAG) else TRAIT
            found[prefix][name.removeprefix(prefix)] = _column(table[name])
        return found

    def _tables(self, names: list[str]) -> "Iterator[tuple[str, pa.Table]]":
        import pyarrow.compute as pc

        groups = self._row_groups()
        if groups is not None:
            for row, places in groups.items():
                yield row, self._file.read_row_groups(places, columns=names)
            return
        table = self._file.read(columns=names)
        for row in pc.unique(table["row"]).to_pylist():
            yield row, table.filter(pc.equal(table["row"], row))

    def _row_groups(self) -> dict[str, list[int]] | None:
        """The row groups of each run; None if one has rows of several, or does not tell."""
        groups: dict[str, list[int]] = {}
        place = self._names.index("row")
        for number in range(self._file.metadata.num_row_groups):
            statistics = self._file.metadata.row_group(number).column(place).statistics
            if statistics is None or not statistics.has_min_max:
                return None
            if statistics.min != statistics.max or statistics.null_count:
                return None
            groups.setdefault(statistics.min, []).append(number)
        return groups

    def _part(self, row: str, table: "pa.Table") -> TablePart:
        there = {*table.column_names}
        ids = self._ids(table["id"] if "id" in there else None)
        n = len(ids)
        none, blank = _no_numbers(n), _same("", n)
        filled = [name for name in _NUMBERS if name in there and table[name].null_count < n]
        numbers = {name: _numbers(table[name]) for name in filled}
        iou = numbers.get("iou", none)
        if ((iou < 0) | (iou > 1)).any():
            raise ReportsError(f"{self.path}: an IoU of {row} is outside 0 to 1")
        status = _texts(table["status"]) if "status" in there else _status(iou)
        error = _texts(table["error"]) if "error" in there else blank
        outside = np.zeros(n, bool)
        if OUTSIDE_SHARE in there and table[OUTSIDE_SHARE].null_count < n:
            outside = ~np.isnan(_numbers(table[OUTSIDE_SHARE]))
            outside &= np.array(status, object) != NO_TRUTH
        scores = ScoreTable(
            ids=ids,
            status=status,
            iou=iou,
            measures={name: numbers[name] for name in MEASURES if name in numbers},
            tags=blank,
            error=error,
            oracle=numbers.get(ORACLE),
        )
        predictions = PredictionTable(
            ids=ids,
            status=status,
            seconds=numbers.get("seconds", none),
            box=_same(None, n),
            facts=_same(None, n),
            candidates=numbers.get("candidates", none),
            peak_rss_bytes=numbers.get("peak_rss_bytes", none),
            rss_bytes=none,
            session=none,
        )
        label = table["label"][0].as_py() if "label" in there else row
        return TablePart(row, label or row, scores, predictions, int(outside.sum()))

    def _ids(self, column: "pa.ChunkedArray | None") -> list[str]:
        """The ids of a run, as the first run's list if they are the same; None: they are."""
        import pyarrow as pa

        if column is None:
            assert self._first_ids is not None  # noqa: S101 - narrows the type
            return self._first_ids[1]
        own = column.cast(pa.string())
        if self._first_ids is not None and own.equals(self._first_ids[0]):
            return self._first_ids[1]
        ids: list[str] = own.to_pylist()
        if own.null_count or len({*ids}) < len(ids):
            raise ReportsError(f"{self.path}: a photo is listed twice for a row, or has no id")
        if self._first_ids is None:
            self._first_ids = own, ids
        return ids


@lru_cache(maxsize=8)
def _same(value: Any, length: int) -> list[Any]:
    """The same value for all photos. Runs share the list, as most of them have the same column."""
    return [value] * length


@lru_cache(maxsize=1)
def _no_numbers(length: int) -> FloatColumn:
    return np.full(length, np.nan)


def _numbers(column: "pa.ChunkedArray") -> FloatColumn:
    import pyarrow as pa

    chunks = column.cast(pa.float64()).chunks
    return np.concatenate([np.empty(0), *(_values(each, np.float64, np.nan) for each in chunks)])


def _values(array: "pa.Array", kind: type[T], absent: float) -> npt.NDArray[T]:
    """The values of an array of numbers, ``absent`` where it has none.

    Arrow's own ``to_numpy`` would import pandas wherever it is installed.
    """
    places = slice(array.offset, array.offset + len(array))
    valid, data = array.buffers()
    if data is None:
        return np.full(len(array), absent, kind)
    values = np.frombuffer(data, kind)[places]
    if not array.null_count:
        return values
    bits = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")
    return np.where(bits[places], values, kind(absent))


def _status(iou: FloatColumn) -> list[str]:
    return [NO_IOU if missing else OK for missing in np.isnan(iou).tolist()]


def _texts(column: "pa.ChunkedArray") -> list[str]:
    coded = _coded(column)
    if len(coded.values) == 1 and not column.null_count:  # the usual case, as of errors
        # Interned, it is found by identity where it is counted.
        return _same(sys.intern(coded.values[0]), len(column))
    texts = np.array([*coded.values, ""], object)  # code -1 is the last place
    found: list[str] = texts[coded.codes].tolist()
    return found


def _column(column: "pa.ChunkedArray") -> PhotoColumn:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_floating(kind):
        return _numbers(column)
    return _coded(column)


def _coded(column: "pa.ChunkedArray") -> Coded:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    chunks = column.unify_dictionaries().chunks
    parts = [_values(each.indices.cast(pa.int32()), np.int32, -1) for each in chunks]
    codes = np.concatenate([np.empty(0, np.int32), *parts])
    return Coded(codes, chunks[0].dictionary.to_pylist() if chunks else [])


def stored_rows(about: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """What was stored of each row as a whole."""
    rows: Mapping[str, Mapping[str, Any]] = about.get("rows", {})
    return rows
