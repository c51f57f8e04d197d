"""Write photos.csv and photos.parquet of a comparison: docs/photos.md describes them.

Runs are read and written one after the other, so that memory is that of one. Nothing is written
again as long as no file of the runs has changed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from datasets.caching import cache
from datasets.caching.file_hash import file_hash
from datasets.decoding.file_stamp import stamp
from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.known import record_columns
from evaluate.compare.rows.table_row import whole_row
from evaluate.compare.slices import tag_columns
from evaluate.store.atomic import atomic_file
from evaluate.store.formats.columns import PhotoColumn, taken
from evaluate.store.photo_table.columns import CSV, PARQUET, TAG, TRAIT, Cells, photo_columns
from evaluate.store.photo_table.csv_part import csv_header, csv_lines
from evaluate.store.photo_table.parquet_file import ParquetPhotos, has_pyarrow
from evaluate.store.prediction_table import read_predictions
from evaluate.store.run_folder import Run
from evaluate.store.score_table import read_score_table
from evaluate.store.traits import TRAITS, stored_traits

_CODE = ("datasets", "evaluate/compare", "evaluate/report", "evaluate/store")


def write_photo_table(comparison: Comparison, folder: Path, runs: Sequence[Run]) -> list[str]:
    """Write both files into ``folder``; returns their names.

    ``runs`` belong to the comparison's rows. Without pyarrow, there is no photos.parquet.
    """
    names = [CSV, PARQUET] if has_pyarrow() else [CSV]
    if PARQUET not in names:
        (folder / PARQUET).unlink(missing_ok=True)  # it is of an earlier comparison
    key = _key(comparison, folder, runs, names)
    written = cache.get("photo-table", key)
    if not written or written != [_stamp(folder / name) for name in names]:
        _write(comparison, folder, runs, names)
        cache.put("photo-table", key, [_stamp(folder / name) for name in names])
    return names


def _stamp(path: Path) -> list[int] | None:
    return list(stamp(path)) if path.is_file() else None


def _key(comparison: Comparison, folder: Path, runs: Sequence[Run], names: Sequence[str]) -> str:
    files = [(run.folder / "run.json", run.scores, run.scoring, run.lines) for run in runs]
    labels = [(row.row, row.label) for row in comparison.rows]
    hashes = [file_hash(path) for paths in files for path in paths]
    about = asdict(comparison.scoring), comparison.without_truth, file_hash(folder / TRAITS)
    return cache.key_of(labels, hashes, about, list(names), cache.code_key(*_CODE))


def _write(comparison: Comparison, folder: Path, runs: Sequence[Run], names: Sequence[str]) -> None:
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(atomic_file(folder / name, disposable=True)) for name in names
        }
        about = {
            "scoring": asdict(comparison.scoring),
            "without_truth": comparison.without_truth,
            "rows": {row.row: whole_row(row) for row in comparison.rows},
        }
        parquet = ParquetPhotos(files[PARQUET], about) if PARQUET in files else None
        for number, columns in enumerate(_parts(comparison, folder, runs)):
            if number == 0:
                files[CSV].write(csv_header(columns))
            files[CSV].write(csv_lines(columns))
            if parquet is not None:
                parquet.write(columns)
        if parquet is not None:
            parquet.close()


def _parts(
    comparison: Comparison, folder: Path, runs: Sequence[Run]
) -> Iterator[Mapping[str, Cells]]:
    """The columns of each run. What is known of the photos is read once, from the first."""
    traits = stored_traits(folder / TRAITS, comparison.scoring.dataset_hash)
    ids: list[str] | None = None
    known: dict[str, PhotoColumn] = {}
    places: dict[str, int] = {}
    for row, run in zip(comparison.rows, runs, strict=True):
        scores = read_score_table(run)
        if ids is None:
            ids = scores.ids
            known = _known(scores.tags, [traits.get(id_) for id_ in ids])
            traits = {}
        own = known
        if scores.ids != ids:  # in another order, or with other photos without ground truth
            places = places or {id_: place for place, id_ in enumerate(ids)}
            at = np.array([places.get(id_, -1) for id_ in scores.ids], np.intp)
            own = {name: taken(column, at) for name, column in known.items()}
        yield photo_columns(row.row, row.label, scores, read_predictions(run), own)


def _known(
    tags: Sequence[str], traits: Sequence[Mapping[str, Any] | None]
) -> dict[str, PhotoColumn]:
    return {
        **{f"{TAG}{name}": column for name, column in tag_columns(tags).items()},
        **{f"{TRAIT}{name}": column for name, column in record_columns(traits).items()},
    }
