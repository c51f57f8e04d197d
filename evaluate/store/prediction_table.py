"""predictions.jsonl by columns: what a comparison needs of each photo.

``Run.predictions`` reads the same file by photo, with every field.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from operator import itemgetter
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluate.store.formats.checked_lines import unchecked
from evaluate.store.formats.csv_columns import FloatColumn
from evaluate.store.run_folder import OK, PredictionRecord, Run, parse_prediction
from models.segmenter import Facts

_TOGETHER = 500  # lines that are decoded at once: fast, and few objects live at a time
_LARGEST = 1 << 63
_FIELDS = {field.name for field in fields(PredictionRecord)}
_UNPACKED = _FIELDS - {"packed"}  # of a line whose mask is a file

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PredictionTable:
    """The latest line of each finished photo, in the order in which they were finished.

    Arrays are float64, NaN where there is no value; the other columns are as in
    ``PredictionRecord``. ``damaged_lines`` were left out.
    """

    ids: list[str]
    status: list[str]
    seconds: FloatColumn
    box: list[Any]
    facts: list[Facts | None]
    candidates: FloatColumn
    peak_rss_bytes: FloatColumn
    rss_bytes: FloatColumn
    session: FloatColumn
    damaged_lines: int = 0

    def has_status(self, status: str) -> npt.NDArray[np.bool_]:
        """Which photos (bool) have this status."""
        photos = len(self.status)
        for usual in (OK, status):  # the usual case, found in a fraction of the time
            if self.status.count(usual) == photos:
                return np.full(photos, usual == status)
        return np.array([own == status for own in self.status])

    def of(self, ids: Sequence[str]) -> "PredictionTable":
        """The lines of the photos ``ids``; those of others are left out."""
        if self.ids == ids:
            return self
        wanted = set(ids)
        last = {id_: i for i, id_ in enumerate(self.ids) if id_ in wanted}  # at its first place
        places = list(last.values())
        columns: dict[str, Any] = {name: getattr(self, name)[places] for name in _NUMBERS}
        columns |= {name: [getattr(self, name)[i] for i in places] for name in _LISTS}
        return replace(self, **columns)


_NUMBERS = ("seconds", "candidates", "peak_rss_bytes", "rss_bytes", "session")
_LISTS = ("ids", "status", "box", "facts")
_NAMES = ("id", *_LISTS[1:], *_NUMBERS)
_cells = itemgetter(*_NAMES)
_NONE = type(None)
_KINDS: dict[str, set[type]] = {
    **{name: {int, _NONE} for name in _NUMBERS},
    "id": {str},
    "status": {str},
    "seconds": {int, float, _NONE},
    "box": {list, _NONE},
    "facts": {dict, _NONE},
}


def read_predictions(run: Run) -> PredictionTable:
    """Read a run's predictions; damaged lines are skipped, as ``Run.predictions`` does."""
    columns: dict[str, list[Any]] = {name: [] for name in _NAMES}
    data = run.lines.read_bytes() if run.lines.is_file() else b""
    lines = data.split(b"\n")[:-1]  # an incomplete last line has no newline
    damaged = 0
    for start in range(0, len(lines), _TOGETHER):
        together = lines[start : start + _TOGETHER]
        records = _decoded(run, together, start + 1)
        damaged += len(together) - len(records)
        cells = zip(*map(_cells, records), strict=True)
        for column, more in zip(columns.values(), cells, strict=False):  # none of no records
            column.extend(more)
    arrays: dict[str, Any] = {name: np.array(columns[name], float) for name in _NUMBERS}
    arrays |= {"ids": columns["id"], **{name: columns[name] for name in _LISTS[1:]}}
    table = PredictionTable(**arrays, damaged_lines=damaged)
    return table if len({*table.ids}) == len(table.ids) else table.of([*{*table.ids}])


def _decoded(run: Run, lines: Sequence[bytes], first: int) -> list[dict[str, Any]]:
    """The records of whole lines; ``first`` is the number of the first of them."""
    try:
        records: list[dict[str, Any]] = json.loads(b"[" + b",".join(map(unchecked, lines)) + b"]")
        fields_known = all(one.keys() in (_FIELDS, _UNPACKED) for one in records)
        if len(records) == len(lines) and fields_known and _fit(records):
            return records
    except (AttributeError, RecursionError, TypeError, ValueError):
        pass
    records = []  # by line: one is damaged, or of an older version
    for number, line in enumerate(lines, first):
        try:
            records.append(vars(parse_prediction(line)))
        except (TypeError, ValueError):
            log.warning("%s: line %d is damaged and left out", run.lines, number)
    return records


def _fit(records: Sequence[dict[str, Any]]) -> bool:
    """Whether the values have the types that a comparison computes with."""
    columns = dict(zip(_NAMES, zip(*map(_cells, records), strict=True), strict=True))
    if not all({*map(type, column)} <= _KINDS[name] for name, column in columns.items()):
        return False
    facts = {type(value) for facts in filter(None, columns["facts"]) for value in facts.values()}
    numbers = [number for name in _NUMBERS for number in filter(None, columns[name])]
    return facts <= {str, int, float} and max(map(abs, numbers), default=0) < _LARGEST
