"""Rows that were computed by an earlier command, of runs whose files have not changed.

A row of many photos is kept without their ids: it is used only where another run, which was read,
has the same photos.
"""

import base64
import dataclasses
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from datasets.caching import cache
from datasets.caching.file_hash import file_hash
from evaluate.compare.rows.fits import Fits
from evaluate.compare.rows.memory_growth import Growth
from evaluate.compare.rows.offline import OfflineSpeed
from evaluate.compare.rows.outline_summary import OutlineSummary
from evaluate.compare.rows.photo_values import Photos, PhotoValues
from evaluate.compare.rows.row import Oracle, Row, Times
from evaluate.store.formats.csv_columns import FloatColumn
from evaluate.store.run_folder import Run

ROW_CODE = ("datasets", "evaluate/compare", "evaluate/store")
LEAST_BYTES = 1 << 20  # a smaller predictions.jsonl is read faster than the key is computed
_PARTS = {
    "growth": Growth,
    "offline": OfflineSpeed,
    "oracle": Oracle,
    "outlines": OutlineSummary,
    "times": Times,
}


def remembered_row(run: Run, photos: Photos, compute: Callable[[], Row]) -> Row:
    """The kept row of a run, if it is one of the ``photos``; else what ``compute`` returns.

    That is kept if its files have not changed in the meantime, and no line was damaged: damaged
    lines are reported by every command.
    """
    if not run.lines.is_file() or run.lines.stat().st_size < LEAST_BYTES:
        return compute()
    key = _key(run)
    found = cache.get("row", key)
    if found is not None and found["photos"] == photos.digest:
        return _row(found["row"], photos)
    row = compute()
    values = row.ious
    if isinstance(values, PhotoValues) and values.photos is photos and not row.damaged_lines:
        kept = {"photos": photos.digest, "row": _record(row, values)}
        if _key(run) == key:
            cache.put("row", key, kept)
    return row


def _key(run: Run) -> str:
    files = (run.folder / "run.json", run.scoring, run.scores, run.lines)
    return cache.key_of(run.row, [file_hash(path) for path in files], cache.code_key(*ROW_CODE))


def _record(row: Row, values: PhotoValues) -> dict[str, Any]:
    """``row`` as values of JSON's types."""
    fields = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    fields |= {name: fields[name] and dataclasses.asdict(fields[name]) for name in _PARTS}
    if row.outlines and row.outlines.fits:
        fields["outlines"]["fits"]["needed"] = _text(row.outlines.fits.needed)
    return {**fields, "ious": _text(values.array)}


def _row(fields: dict[str, Any], photos: Photos) -> Row:
    """The row of a ``_record``."""
    parts: dict[str, Any] = {
        name: fields[name] and kind(**fields[name]) for name, kind in _PARTS.items()
    }
    if times := parts["times"]:
        parts["times"] = dataclasses.replace(times, limited=tuple(times.limited))
    if (outlines := parts["outlines"]) and (fits := outlines.fits):
        fits = Fits(**{**fits, "needed": _column(fits["needed"])})
        parts["outlines"] = dataclasses.replace(outlines, fits=fits)
    array = _column(fields["ious"])
    failures = Counter(fields["failures"])
    return Row(**{**fields, **parts, "ious": PhotoValues(photos, array), "failures": failures})


def _text(column: FloatColumn) -> str:
    return base64.b64encode(column.astype("<f8", copy=False).tobytes()).decode()


def _column(text: str) -> FloatColumn:
    return np.frombuffer(base64.b64decode(text), "<f8").astype(np.float64, copy=False)
