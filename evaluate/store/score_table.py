"""Read ``scores.csv`` and ``scores.json``: a run's scores by column, an entry for each photo."""

import csv
import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from evaluate.errors import ReportsError
from evaluate.store.formats.csv_columns import CsvColumns, FloatColumn
from evaluate.store.formats.formula_cells import texts_of
from evaluate.store.formats.run_shapes import SCORING
from evaluate.store.formats.shapes import expect_shape
from evaluate.store.run_folder import OK, Run, read_json
from evaluate.store.scores import (
    EARLIER_CLEARANCE_MM,
    MEASURES,
    NO_TRUTH,
    ORACLE,
    Scoring,
)


@dataclass(frozen=True)
class ScoreTable:
    """The columns of ``Score``; arrays are float64 with NaN where a photo has no value.

    ``oracle`` is None if the model proposes no candidates.
    """

    ids: list[str]
    status: list[str]
    iou: FloatColumn
    measures: Mapping[str, FloatColumn]
    tags: list[str]
    error: list[str]
    oracle: FloatColumn | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def _all_ok(self) -> bool:
        return self.status.count(OK) == len(self.status)

    @property
    def failures(self) -> list[tuple[str, str]]:
        """Status and error of each photo whose status is not ok."""
        if self._all_ok:
            return []
        pairs = zip(self.status, self.error, strict=True)
        return [(status, error) for status, error in pairs if status != OK]

    @property
    def without_truth(self) -> list[str]:
        """The error of each photo without usable ground truth."""
        return [error for status, error in self.failures if status == NO_TRUTH]

    @property
    def counted(self) -> "ScoreTable":
        """The photos with usable ground truth."""
        if self._all_ok or NO_TRUTH not in self.status:
            return self
        return self._take([i for i, status in enumerate(self.status) if status != NO_TRUTH])

    def without(self, ids: Collection[str]) -> "ScoreTable":
        """The photos that are not in ``ids``."""
        if not ids:
            return self
        return self._take([i for i, id_ in enumerate(self.ids) if id_ not in ids])

    def _take(self, places: list[int]) -> "ScoreTable":
        texts = {
            name: [column[i] for i in places]
            for name, column in vars(self).items()
            if isinstance(column, list)
        }
        measures = {name: column[places] for name, column in self.measures.items()}
        oracle = None if self.oracle is None else self.oracle[places]
        return replace(self, **texts, iou=self.iou[places], measures=measures, oracle=oracle)


def read_scoring(run: Run) -> Scoring:
    """Read the conditions of a run's scores.

    Raises:
        ReportsError: the run is not scored, or scores.json is damaged.
    """
    return _read_scoring(run)[0]


def read_score_table(run: Run) -> ScoreTable:
    """Read a run's scores. No image is opened.

    Raises:
        ReportsError: the run is not scored, or its files are damaged.
    """
    _, digest = _read_scoring(run)
    try:
        data = run.scores.read_bytes()
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError("its hash differs from that in scores.json")
        return _checked(_table(CsvColumns.of(data.decode("utf-8", "surrogatepass"))))
    except (OSError, IndexError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise _damaged(run, error) from error


def _read_scoring(run: Run) -> tuple[Scoring, str]:
    """The conditions, and the hash of scores.csv."""
    about = run.about()
    if not run.scoring.is_file():
        command = str(about["command"])
        photos = about.get("dataset", {}).get("photos")
        if photos is None or len(run.predictions()) < photos:
            raise ReportsError(f"{run.folder}: not predicted and scored yet; run: {command}")
        command = command.replace("make eval", "make score", 1)
        raise ReportsError(f"{run.folder}: predicted, not scored yet; run: {command}")
    meta = read_json(run.scoring)
    try:
        expect_shape(meta, SCORING)
    except ValueError as error:
        raise _damaged(run, error) from error
    scoring = Scoring(
        meta["cutoutbench"],
        meta["dataset"],
        meta["dataset_hash"],
        meta["threshold"],
        meta["scored"],
        tuple(meta["notices"]),
        float(meta.get("clearance_mm", EARLIER_CLEARANCE_MM)),
        meta.get("inverse_iou"),
    )
    return scoring, meta["scores_sha256"]


def _damaged(run: Run, error: Exception) -> ReportsError:
    return ReportsError(f"{run.scores}: damaged ({error}); run: {run.about()['command']}")


def _checked(table: ScoreTable) -> ScoreTable:
    """The table itself.

    Raises:
        ValueError: photos are listed twice, or values are none that scoring writes.
    """
    if len({*table.ids}) < len(table.ids):
        raise ValueError("a photo is listed twice")
    shares = [table.iou] if table.oracle is None else [table.iou, table.oracle]
    if any(((column < 0) | (column > 1)).any() for column in shares):
        raise ValueError("an IoU is outside 0 to 1")
    if any(np.isinf(column).any() for column in table.measures.values()):
        raise ValueError("a measure is infinite")
    return table


def _table(file: CsvColumns) -> ScoreTable:
    measured = [name for name in MEASURES if name in file.header]  # an older version had fewer
    more = [ORACLE] if ORACLE in file.header else []
    iou, *rest = file.numbers(["iou", *measured, *more])
    return ScoreTable(
        texts_of(file.texts("id")),
        file.texts("status"),
        iou,
        dict(zip(measured, rest, strict=False)),
        texts_of(file.texts("tags")),
        texts_of(file.texts("error")),
        rest[-1] if more else None,
    )
