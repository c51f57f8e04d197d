"""The third stage: stored scores of many runs become the rows of one table.

Every scored photo counts in every number; a failed photo has IoU 0. A row without a single mask has
no quality (N/A) and stands last, with the reason. Unfinished runs, and runs scored on other photos,
ground truth, threshold or version, are left out and listed with the reason.
"""

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from evaluate.compare.garbage import without_garbage_collection
from evaluate.compare.rows.kept_row import remembered_row
from evaluate.compare.rows.photo_values import Photos, photos_of
from evaluate.compare.rows.row import Row, row_of
from evaluate.compare.slices import known_of
from evaluate.errors import ReportsError
from evaluate.store.run_folder import Run, all_runs
from evaluate.store.score_table import ScoreTable, read_score_table, read_scoring
from evaluate.store.scores import Scoring
from evaluate.store.shard_folders import unmerged_shards
from evaluate.store.sweeps.unable import Unable
from evaluate.store.traits import TRAITS, stored_traits

ALIKE = ("dataset_hash", "threshold", "version")  # of a Scoring: equal in all rows of a table


class RowLeftOut(NamedTuple):
    """A stored row that is not in the table, and why."""

    row: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """Comparable rows, best first, and what was left out.

    A difference in IoU of up to ``margin_iou`` is a tie. ``known`` has the tags and traits of the
    scored photos, by id. Models ``unable`` to run are rows without numbers, unless an earlier run
    of theirs is among ``rows``. ``remarks`` are notes that stand before all others.

    Every statistic is over ``rows``, the family. Where a suite was chosen, other stored rows stand
    ``apart`` from it, and ``family`` is how it was chosen, as in ``suite=issue``.
    """

    scoring: Scoring
    photos: int
    known: Mapping[str, Mapping[str, Any]]
    rows: tuple[Row, ...]
    without_truth: tuple[str, ...]
    left_out: tuple[RowLeftOut, ...]
    margin_iou: float
    unable: tuple[Unable, ...] = ()
    remarks: tuple[str, ...] = ()
    apart: tuple[Row, ...] = ()
    family: str = ""

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows that have quality, best first."""
        return tuple(row for row in self.rows if row.has_quality)

    @property
    def without_run(self) -> tuple[Unable, ...]:
        """The models unable to run that have no earlier run in the table."""
        return tuple(one for one in self.unable if not self.has_row(one))

    def has_row(self, one: Unable) -> bool:
        """Whether an earlier run of that row is in the table."""
        return any(row.row == one.row for row in self.rows)


@without_garbage_collection()
def compare(
    runs: Path,
    margin_iou: float,
    leave_out: Collection[str] = (),
    only: Collection[str] | None = None,
    family: Collection[str] = (),
) -> Comparison:
    """Compare every run under ``runs`` whose scoring matches that of the latest scored run.

    ``leave_out`` are ids of photos to leave out of every row, ``only`` the rows to compare. Rows
    that are not of the ``family``, if it has any, stand apart.

    Raises:
        ReportsError: there is no scored run.
    """
    found = [run for run in all_runs(runs) if only is None or run.row in only]
    scored: dict[str, Scoring] = {}
    left_out: dict[str, str] = {}  # by row, as rows
    rows_by_name: dict[str, Row] = {}
    for run in found:
        try:
            scored[run.row] = read_scoring(run)
        except ReportsError as error:
            left_out[run.row] = str(error)
    latest: tuple[Scoring, ScoreTable] | None = None
    photos = Photos(())
    # Two tables are held at a time, as a million photos take hundreds of megabytes.
    ordered = sorted(
        scored.items(), key=lambda one: (one[0] in family, one[1].scored), reverse=True
    )
    for name, scoring in ordered:
        run = Run(runs / name)
        try:
            scores = None
            if latest is None:
                scores = read_score_table(run).without(leave_out)
                latest, photos = (scoring, scores), Photos(scores.counted.ids)
            else:
                _check_comparable(run, scoring, latest[0])
            row = _row(run, scoring, photos, leave_out, scores)
            _check_photos(run, row, photos)
        except ReportsError as error:
            left_out[name] = str(error)
        else:
            rows_by_name[name] = dataclasses.replace(row, inverse=scoring.inverse_iou)
    unmerged = {
        row: line
        for row, line in unmerged_shards(runs.parent).items()
        if only is None or row in only
    }
    # A merge is the remedy of a row that is not merged, whatever else it lacks.
    lacking = {run.row: left_out[run.row] for run in found if run.row in left_out}
    reasons = [RowLeftOut(row, why) for row, why in lacking.items() if row not in unmerged]
    reasons += [RowLeftOut(row, line) for row, line in unmerged.items()]
    if latest is None:
        nothing = f"{runs}: no scored run; run: make eval model=NAME, for this dataset"
        raise ReportsError("\n".join([one.reason for one in reasons] or [nothing]))
    rows = [rows_by_name[run.row] for run in found if run.row in rows_by_name]
    labels = Counter(row.label for row in rows)
    rows = [
        dataclasses.replace(row, label=f"{row.label} ({row.row})") if labels[row.label] > 1 else row
        for row in rows
    ]
    return _apart(comparison_of(rows, *latest, runs.parent, margin_iou, reasons), family)


def _apart(comparison: Comparison, family: Collection[str]) -> Comparison:
    """The comparison with rows that are not of the family apart, if any row is of it."""
    rows = tuple(row for row in comparison.rows if row.row in family)
    if not rows:
        return comparison
    apart = tuple(row for row in comparison.rows if row.row not in family)
    return dataclasses.replace(comparison, rows=rows, apart=apart)


def _row(
    run: Run,
    scoring: Scoring,
    photos: Photos,
    leave_out: Collection[str],
    scores: ScoreTable | None,
) -> Row:
    """A run's row; ``photos`` are those of the latest run, ``scores`` the run's if they are read.

    Raises:
        ReportsError: it is damaged, or predictions.jsonl lacks scored photos.
    """

    def compute() -> Row:
        own = read_score_table(run).without(leave_out) if scores is None else scores
        return row_of(run, own, scoring.clearance_mm, photos)

    return compute() if leave_out else remembered_row(run, photos, compute)


def _check_comparable(run: Run, scoring: Scoring, latest: Scoring) -> None:
    for name, value, other in unequal(scoring, latest):
        raise ReportsError(
            f"{run.folder}: not comparable, {name} is {value} here and {other} in the latest; "
            f"run: {run.about()['command']}"
        )


def _check_photos(run: Run, row: Row, photos: Photos) -> None:
    ours = photos_of(row.ious)
    if ours is not photos and {*ours} != {*photos}:
        raise ReportsError(
            f"{run.scores}: has other photos than the latest scores of this dataset; "
            f"run: {run.about()['command']}"
        )


def comparison_of(
    rows: Iterable[Row],
    scoring: Scoring,
    scores: ScoreTable,
    folder: Path,
    margin_iou: float,
    left_out: Iterable[RowLeftOut] = (),
) -> Comparison:
    """Sort rows into a Comparison; ``scores`` are those of one run, ``folder`` has the traits."""
    return Comparison(
        scoring=scoring,
        photos=len(scores.counted),
        known=known_of(scores, stored_traits(folder / TRAITS, scoring.dataset_hash)),
        rows=by_rank(rows),
        without_truth=tuple(scores.without_truth),
        left_out=tuple(left_out),
        margin_iou=margin_iou,
    )


def by_rank(rows: Iterable[Row]) -> tuple[Row, ...]:
    """Rows in the order of the table."""
    return tuple(sorted(rows, key=_rank))


def _rank(row: Row) -> tuple[bool, float, int, int, str]:
    """Median first, then the shares above 0.9 and 0.7; rows without any mask last."""
    if not row.has_quality:
        return True, 0.0, 0, 0, row.label
    return False, -row.median, -row.above(0.9), -row.above(0.7), row.label


def unequal(a: object, b: object) -> list[tuple[str, str, str]]:
    """What keeps two Scorings or Baselines out of one table: attributes of ``ALIKE`` that differ.

    Each with its two values, of a hash the first 12 characters.
    """
    values = [(name, str(getattr(a, name)), str(getattr(b, name))) for name in ALIKE]
    return [(name, x[:12], y[:12]) for name, x, y in values if x != y]
