"""The rows of a photo table as a Comparison: no run folder is needed."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evaluate.compare.comparison import Comparison, RowLeftOut, by_rank
from evaluate.compare.garbage import without_garbage_collection
from evaluate.compare.rows.known import Known
from evaluate.compare.rows.photo_values import Photos, PhotoValues
from evaluate.compare.rows.row import Row
from evaluate.compare.rows.table_row import table_row
from evaluate.errors import ReportsError
from evaluate.store.photo_table.columns import TAG, TRAIT
from evaluate.store.photo_table.read import PhotoTableFile, stored_rows
from evaluate.store.scores import NO_TRUTH, Scoring


@without_garbage_collection()
def compare_table(path: Path, margin_iou: float, only: Collection[str] | None = None) -> Comparison:
    """Compare the rows of photos.parquet, or ``only`` some of them.

    Raises:
        ReportsError: the file cannot be read, or has no such rows.
    """
    file = PhotoTableFile(path)
    about = stored_rows(file.about)
    rows: list[Row] = []
    left_out: list[RowLeftOut] = []
    photos = Photos(())
    first, counted = "", None
    without_truth: tuple[str, ...] = ()
    for part in file.parts():
        if only is not None and part.row not in only:
            continue
        scored = part.scores.counted
        if not rows:
            first, photos = part.row, Photos(scored.ids)
            without_truth = tuple(part.scores.without_truth)
            if scored is not part.scores:
                counted = np.array([one != NO_TRUTH for one in part.scores.status])
        own = photos if scored.ids == photos.ids else Photos(scored.ids)
        row = table_row(part, about.get(part.row, {}), own)
        if own is not photos:
            if {*own} != {*photos}:
                left_out.append(RowLeftOut(part.row, f"{part.row}: has other photos than {first}"))
                continue
            row = _reordered(row, photos)
        rows.append(row)
    if not rows:
        raise ReportsError(f"{path}: has no rows to compare")
    known = {
        prefix: {name: each if counted is None else each[counted] for name, each in columns.items()}
        for prefix, columns in file.known(first).items()
    }
    traits = {
        f"measured {name}" if name in known[TAG] else name: column
        for name, column in known[TRAIT].items()
    }
    return Comparison(
        scoring=_scoring(file),
        photos=len(photos),
        known=Known(photos, {**known[TAG], **traits}),
        rows=by_rank(rows),
        without_truth=without_truth,
        left_out=tuple(left_out),
        margin_iou=margin_iou,
    )


def _reordered(row: Row, photos: Photos) -> Row:
    array = np.array([row.ious[id_] for id_ in photos])
    return replace(row, ious=PhotoValues(photos, array))


def _scoring(file: PhotoTableFile) -> Scoring:
    stored: dict[str, Any] = file.about.get("scoring") or {
        "version": "unknown",
        "dataset": file.path.stem,
        "dataset_hash": "unknown",
        "threshold": None,
        "scored": "",
    }
    return Scoring(**{**stored, "notices": tuple(stored.get("notices", ()))})
