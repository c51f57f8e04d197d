"""The third stage: many runs' stored scores become rows that may stand side by side.

Every scored photo counts in every number: a failed one has IoU 0. A row none of whose photos gave
a mask has no quality (N/A), keeps its place at the end, and says why. Runs that were scored on
something else, or are unfinished, are left out by name with the reason.
"""

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluate.compare.row import Row, row_of
from evaluate.compare.slices import known_of
from evaluate.errors import ReportsError
from evaluate.store.run_folder import Run, all_runs
from evaluate.store.scores import NO_TRUTH, Score, Scoring, read_scores
from evaluate.store.traits import TRAITS, stored_traits

ALIKE = ("dataset_hash", "threshold", "version")  # of a Scoring, in all rows of a table


@dataclass(frozen=True)
class Unable:
    """A model that could not run this time, and why. Not stored: the next command tries again."""

    row: str
    label: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """Rows that may be compared, best first, and what had to stay out.

    A difference in IoU of up to ``margin_iou`` is a tie. ``known`` are tags and traits of the
    photos that count, by id. Models that were ``unable`` to run are rows without numbers, but for
    those whose earlier run is among ``rows``. ``remarks`` are lines to be read before all others.
    """

    scoring: Scoring
    photos: int
    known: Mapping[str, Mapping[str, Any]]
    rows: tuple[Row, ...]
    without_truth: tuple[str, ...]
    left_out: tuple[str, ...]
    margin_iou: float
    unable: tuple[Unable, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows with quality, best first."""
        return tuple(row for row in self.rows if row.has_quality)

    def has_row(self, one: Unable) -> bool:
        """Whether an earlier run of that row is in the table."""
        return any(row.row == one.row for row in self.rows)


def compare(runs: Path, margin_iou: float, leave_out: Collection[str] = ()) -> Comparison:
    """Compare every run under ``runs`` that was scored on what the latest one was scored on.

    ``leave_out`` are ids of photos to leave out of every row alike, for a second table.

    Raises:
        ReportsError: there is no scored run.
    """
    found: list[tuple[Run, Scoring, list[Score]]] = []
    left_out: list[str] = []
    for run in all_runs(runs):
        try:
            scoring, scores = read_scores(run)
            found.append((run, scoring, [s for s in scores if s.id not in leave_out]))
        except ReportsError as error:
            left_out.append(str(error))
    if not found:
        nothing = f"{runs}: no scored run; run: make eval model=NAME, for this dataset"
        raise ReportsError("\n".join([*left_out, nothing]))
    _, reference, scores = max(found, key=lambda entry: entry[1].scored)
    rows = []
    for run, scoring, own in found:
        try:
            if (difference := _difference(scoring, reference)) is None:
                rows.append(row_of(run, own, scoring.clearance_mm))
            else:
                left_out.append(f"{run.folder}: {difference}; run: {run.about()['command']}")
        except ReportsError as error:
            left_out.append(str(error))
    labels = Counter(row.label for row in rows)
    rows = [
        dataclasses.replace(row, label=f"{row.label} ({row.row})") if labels[row.label] > 1 else row
        for row in rows
    ]
    return ordered(rows, reference, scores, runs.parent, margin_iou, left_out)


def ordered(
    rows: Iterable[Row],
    scoring: Scoring,
    scores: list[Score],
    folder: Path,
    margin_iou: float,
    left_out: Iterable[str] = (),
) -> Comparison:
    """Rows of the same photos, best first; ``scores`` are one run's, ``folder`` has the traits."""
    rows = sorted(rows, key=_rank)
    return Comparison(
        scoring=scoring,
        photos=sum(s.status != NO_TRUTH for s in scores),
        known=known_of(scores, stored_traits(folder / TRAITS, scoring.dataset_hash)),
        rows=tuple(rows),
        without_truth=tuple(s.error for s in scores if s.status == NO_TRUTH),
        left_out=tuple(left_out),
        margin_iou=margin_iou,
    )


def _rank(row: Row) -> tuple[bool, float, int, int, str]:
    """By the median, then the share above 0.9, then 0.7; rows without any mask last."""
    if not row.has_quality:
        return True, 0.0, 0, 0, row.label
    return False, -row.median, -row.above(0.9), -row.above(0.7), row.label


def _difference(scoring: Scoring, reference: Scoring) -> str | None:
    for name in ALIKE:
        ours, theirs = str(getattr(scoring, name)), str(getattr(reference, name))
        if ours != theirs:
            return f"not comparable, {name} is {ours:.12} here and {theirs:.12} in the latest"
    return None
