"""The third stage: many runs' stored scores become rows that may stand side by side.

Every scored photo counts in every number: a failed one has IoU 0. A row none of whose photos gave
a mask has no quality (N/A), keeps its place at the end, and says why. Runs that were scored on
something else, or are unfinished, are left out by name with the reason.

Speed   median seconds of the photos that gave a mask, time-outs counted at their limit.
Tie     |IoU_A - IoU_B| <= margin.
"""

import dataclasses
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evaluate.facts import Summary, summed
from evaluate.identity import key
from evaluate.licences import binding
from evaluate.measures import Measures
from evaluate.memory import Growth, growth
from evaluate.score import NO_TRUTH, OUTSIDE, Score, Scoring, read_scores
from evaluate.slices import known_of
from evaluate.store import OK, Prediction, ReportsError, Run, all_runs
from evaluate.traits import TRAITS, stored_traits

NOWHERE = "none"  # the device of a model that never loaded


@dataclass(frozen=True)
class Times:
    """Seconds of one run, over ``photos`` of its photos.

    ``limited``: the median is a time-out's limit, and the truth lies above it.
    """

    median: float
    p90: float
    p99: float
    limited: bool
    photos: int


@dataclass(frozen=True)
class Oracle:
    """What a perfect selection from a row's candidates would have had: an upper bound, no row.

    ``candidates`` is how many a photo had in the median, ``median`` that of their best IoUs.
    """

    candidates: float
    median: float


@dataclass(frozen=True)
class Row:
    """One run in the table. ``ious`` holds every scored photo, failed ones at 0.

    ``model`` is the same for rows that differ only in the steps around the model. ``overhanging``
    photos have truth outside the crop; on ``uncropped`` ones it found nothing. ``licences`` are
    told where they bind. ``clearance_mm`` is what its ``measures`` were scored at.
    """

    row: str
    label: str
    ious: Mapping[str, float]
    failures: Mapping[str, int]
    reason: str
    times: Times | None
    load_s: float | None
    first_call_s: float | None
    peak_rss_bytes: int | None
    growth: Growth | None
    device: str
    threads: int
    command: str
    model: str
    crop: str
    overhanging: int
    uncropped: int
    licences: str
    facts: Summary = field(default_factory=dict)
    oracle: Oracle | None = None
    measures: Sequence[Measures] = ()
    clearance_mm: float | None = None

    @property
    def failed(self) -> int:
        """Photos without a mask."""
        return sum(self.failures.values())

    @property
    def has_quality(self) -> bool:
        """Whether any photo gave a mask."""
        return self.failed < len(self.ious)

    @property
    def median(self) -> float:
        """Median IoU over all scored photos."""
        return statistics.median(self.ious.values())

    @property
    def mean(self) -> float:
        """Mean IoU over all scored photos."""
        return statistics.fmean(self.ious.values())

    @property
    def p10(self) -> float:
        """The IoU that a tenth of the photos lies at or below."""
        return float(np.percentile(list(self.ious.values()), 10))

    @property
    def worst(self) -> float:
        """The lowest IoU."""
        return min(self.ious.values())

    def above(self, level: float) -> int:
        """How many photos have an IoU strictly above ``level``."""
        return sum(iou > level for iou in self.ious.values())


@dataclass(frozen=True)
class HeadToHead:
    """Photo by photo: wins and losses of the first row against the second, and ties."""

    first: Row
    second: Row
    wins: int
    ties: int
    losses: int


@dataclass(frozen=True)
class Unable:
    """A model that could not run this time, and why. Not stored: the next command tries again."""

    row: str
    label: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """Rows that may be compared, best first, and what had to stay out.

    ``known`` are tags and traits of the photos that count, by id. Models that were ``unable`` to
    run are rows without numbers, but for those whose earlier run is among ``rows``.
    """

    scoring: Scoring
    photos: int
    known: Mapping[str, Mapping[str, Any]]
    rows: tuple[Row, ...]
    without_truth: tuple[str, ...]
    left_out: tuple[str, ...]
    best: HeadToHead | None
    unable: tuple[Unable, ...] = ()

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
                rows.append(_row(run, own, scoring.clearance_mm))
            else:
                left_out.append(f"{run.folder}: {difference}; run: {run.about()['command']}")
        except ReportsError as error:
            left_out.append(str(error))
    labels = Counter(row.label for row in rows)
    rows = [
        dataclasses.replace(row, label=f"{row.label} ({row.row})") if labels[row.label] > 1 else row
        for row in rows
    ]
    rows.sort(key=_rank)
    ranked = [row for row in rows if row.has_quality]
    return Comparison(
        scoring=reference,
        photos=sum(s.status != NO_TRUTH for s in scores),
        known=known_of(scores, stored_traits(runs.parent / TRAITS, reference.dataset_hash)),
        rows=tuple(rows),
        without_truth=tuple(s.error for s in scores if s.status == NO_TRUTH),
        left_out=tuple(left_out),
        best=head_to_head(ranked[0], ranked[1], margin_iou) if len(ranked) > 1 else None,
    )


def head_to_head(first: Row, second: Row, margin_iou: float) -> HeadToHead:
    """Count wins, ties and losses over the photos both rows share, which is all of them."""
    ids = list(first.ious)
    difference = np.array([first.ious[i] - second.ious[i] for i in ids])
    edge = margin_iou + 1e-12  # 0.92 - 0.90 is a little over 0.02 in binary
    wins, losses = int((difference > edge).sum()), int((difference < -edge).sum())
    return HeadToHead(first, second, wins, len(ids) - wins - losses, losses)


def _rank(row: Row) -> tuple[bool, float, int, int, str]:
    """By the median, then the share above 0.9, then 0.7; rows without any mask last."""
    if not row.has_quality:
        return True, 0.0, 0, 0, row.label
    return False, -row.median, -row.above(0.9), -row.above(0.7), row.label


def _difference(scoring: Scoring, reference: Scoring) -> str | None:
    for name in ("dataset_hash", "threshold", "version"):
        ours, theirs = str(getattr(scoring, name)), str(getattr(reference, name))
        if ours != theirs:
            return f"not comparable, {name} is {ours:.12} here and {theirs:.12} in the latest"
    return None


def _row(run: Run, scores: list[Score], clearance_mm: float) -> Row:
    about = run.about()
    scored = [s for s in scores if s.status != NO_TRUTH]
    ious = {s.id: s.iou or 0.0 for s in scored}
    predictions = [p for p in run.predictions().values() if p.id in ious]
    if len(predictions) < len(ious):
        lost = len(ious) - len(predictions)
        raise ReportsError(
            f"{run.folder}: {lost} photos are lost from predictions.jsonl; run: {about['command']}"
        )
    failures = Counter(s.status for s in scored if s.status != OK)
    reasons = Counter(s.error for s in scored if s.status != OK)
    sessions: list[dict[str, Any]] = about["sessions"]
    first_calls = [s["warmup_s"][0] for s in sessions if s["warmup_s"] and s["warmup_s"][0]]
    peaks = [p.peak_rss_bytes for p in predictions if p.peak_rss_bytes]
    config: dict[str, Any] = about["identity"]["config"]
    crop = config.get("steps", {}).get("crop")  # none: the whole photo
    return Row(
        row=run.row,
        label=about["label"],
        ious=ious,
        failures=failures,
        reason=reasons.most_common(1)[0][0] if reasons else "",
        times=_times(predictions),
        load_s=statistics.median(s["load_s"] for s in sessions) if sessions else None,
        first_call_s=statistics.median(first_calls) if first_calls else None,
        peak_rss_bytes=max(peaks, default=None),
        growth=growth(predictions),
        device=sessions[-1]["device"] if sessions else NOWHERE,
        threads=about["identity"]["conditions"]["threads"],
        command=about["command"],
        model=key({part: config[part] for part in ("target", "options")}),
        crop=crop["choice"] if crop else "full",
        overhanging=sum(f"{OUTSIDE}=" in s.tags for s in scored),
        uncropped=sum(p.status == OK and p.box is None for p in predictions) if crop else 0,
        licences=binding(about.get("licences", {})),  # of older versions: not recorded
        facts=summed(p.facts for p in predictions),
        oracle=_oracle(predictions, scored),
        measures=[s.measures for s in scored if s.measures],
        clearance_mm=clearance_mm,
    )


def _oracle(predictions: list[Prediction], scores: list[Score]) -> Oracle | None:
    best = [s.oracle for s in scores if s.oracle is not None]
    if not best:
        return None
    candidates = statistics.median(p.candidates or 0 for p in predictions)
    return Oracle(candidates, statistics.median(best))


def _times(predictions: list[Prediction]) -> Times | None:
    """Times of the photos with a mask and of time-outs; of all that were timed if there are none.

    Other failures end early, and would make a model that crashes look fast.
    """
    counted = [p for p in predictions if p.status in (OK, "timeout") and p.seconds is not None]
    counted = counted or [p for p in predictions if p.seconds is not None]
    if not counted:
        return None
    seconds = np.array([p.seconds for p in counted], float)
    limits = [p.seconds for p in counted if p.status == "timeout"]
    median, p90, p99 = (float(v) for v in np.percentile(seconds, [50, 90, 99]))
    limited = bool(limits) and median >= min(filter(None, limits))
    return Times(median, p90, p99, limited, len(counted))
