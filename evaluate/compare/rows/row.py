"""One run's stored scores as a row of the table.

Every scored photo counts in every number; a failed photo has IoU 0. Speed is the median of the
seconds of photos with a mask; time-outs count as their limit.
"""

import math
import statistics
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from evaluate.compare.instability import instability_of
from evaluate.compare.licence_terms import restrictive_licences
from evaluate.compare.rows.memory_growth import Growth, growth
from evaluate.compare.rows.model_facts import Summary, sum_facts
from evaluate.compare.rows.offline import OfflineSpeed, offline_speed
from evaluate.compare.rows.outline_summary import OutlineSummary, outline_summary
from evaluate.compare.rows.photo_values import Photos, PhotoValues, photos_of, values_at
from evaluate.compare.statistics import (
    Interval,
    Values,
    exact_mean,
    median_with_interval,
    quantiles_of_sorted,
)
from evaluate.errors import ReportsError
from evaluate.store.identity import key
from evaluate.store.prediction_table import PredictionTable, read_predictions
from evaluate.store.run_folder import OK, Run, device_of
from evaluate.store.score_table import ScoreTable
from evaluate.store.scores import OUTSIDE

LEVELS = (0.9, 0.7)  # photos strictly above these IoUs are counted, as in the GitHub issue
NOWHERE = "none"  # the device of a model that never loaded


@dataclass(frozen=True)
class Times:
    """Percentiles of the seconds of one run, over ``photos`` of its photos.

    ``limited`` names the percentiles that depend on a time-out's limit: the true value is higher.
    """

    median: float
    p90: float
    p99: float
    limited: tuple[str, ...]
    photos: int


@dataclass(frozen=True)
class Oracle:
    """What a perfect selection among a row's candidates would reach: an upper bound, not a row.

    ``candidates`` is the median number per photo, ``most`` the maximum; ``median`` is the median
    over photos of the best candidate's IoU.
    """

    candidates: float
    most: int
    median: float


@dataclass(frozen=True)
class Row:
    """One run in the table. ``ious`` holds every scored photo, failed ones at 0.

    ``model`` is equal for rows that differ only in the steps around the model. On ``overhanging``
    photos ground truth lies outside the crop; on ``uncropped`` ones the crop found nothing.
    ``licences`` are stated if restrictive. ``clearance_mm`` is the tolerance of ``outlines``.
    ``place`` is set only if another row was timed on another device or machine: then the seconds of
    both are shown, but not compared. ``inverse`` is the median IoU of the row's masks inverted.
    ``unstable`` says why its times are not to be trusted; empty if nothing speaks against them.
    ``damaged_lines`` of predictions.jsonl were left out. ``offline`` is the speed of a row without
    ``times``, of which several photos were predicted at once.
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
    outlines: OutlineSummary | None = None
    clearance_mm: float | None = None
    place: str = ""
    inverse: float | None = None
    unstable: str = ""
    damaged_lines: int = 0
    offline: OfflineSpeed | None = None

    @property
    def failed(self) -> int:
        """Photos without a mask."""
        return sum(self.failures.values())

    @property
    def has_quality(self) -> bool:
        """Whether any photo has a mask."""
        return self.failed < len(self.ious)

    @cached_property
    def values(self) -> Values:
        """The IoUs (float64) in the order of the photos."""
        return values_at(self.ious, photos_of(self.ious))

    @property
    def median(self) -> float:
        """Median IoU over all scored photos."""
        return self._median[0]

    @cached_property
    def _median(self) -> tuple[float, Interval | None]:
        return median_with_interval(self._ordered)

    @cached_property
    def _ordered(self) -> Values:
        return np.sort(self.values)

    @property
    def interval(self) -> Interval | None:
        """The exact confidence interval of the median; None for fewer than six photos."""
        return self._median[1]

    @cached_property
    def mean(self) -> float:
        """Mean IoU over all scored photos."""
        return exact_mean(self.values)

    @cached_property
    def p10(self) -> float:
        """The 10th percentile of the IoU."""
        return quantiles_of_sorted(self._ordered, [10 / 100])[0]

    @property
    def worst(self) -> float:
        """The lowest IoU."""
        return float(self._ordered[0])

    def above(self, level: float) -> int:
        """How many photos have an IoU strictly above ``level``."""
        return len(self._ordered) - int(np.searchsorted(self._ordered, level, "right"))


def row_of(run: Run, scores: ScoreTable, clearance_mm: float, photos: Photos | None = None) -> Row:
    """The row of a run with these scores; ``clearance_mm`` is the tolerance of their measures.

    ``photos`` are those of another row, which are shared if they are the same.

    Raises:
        ReportsError: run.json is damaged, or predictions.jsonl lacks scored photos.
    """
    about = run.about()
    scored = scores.counted
    if photos is None or photos.ids != scored.ids:
        photos = Photos(scored.ids)
    predictions = read_predictions(run).of(scored.ids)
    if missing := len(scored) - len(predictions.ids):
        raise ReportsError(
            f"{run.folder}: {missing} photos are missing from predictions.jsonl; "
            f"run: {about['command']}"
        )
    sessions: list[dict[str, Any]] = about["sessions"]
    first_calls = [s["warmup_s"][0] for s in sessions if s["warmup_s"] and s["warmup_s"][0]]
    config: dict[str, Any] = about["identity"]["config"]
    crop = config.get("steps", {}).get("crop")  # absent: the whole photo
    offline = offline_speed(about)
    measured = measured_fields(scored, predictions, photos, offline)
    times: Times | None = measured["times"]
    p50, p90 = (times.median, times.p90) if times else (None, None)
    return Row(
        **measured,
        row=run.row,
        label=about["label"],
        unstable=" and ".join(
            [
                *([] if offline else instability_of(p50, p90, sessions)),
                *["its shards ran on unlike machines"] * bool(about.get("machines")),
            ]
        ),
        load_s=statistics.median(s["load_s"] for s in sessions) if sessions else None,
        first_call_s=statistics.median(first_calls) if first_calls else None,
        growth=growth(predictions.rss_bytes, predictions.session),
        device=device_of(sessions[-1]) if sessions else NOWHERE,
        threads=about["identity"]["conditions"]["threads"],
        command=about["command"],
        model=key({part: config[part] for part in ("target", "options")}),
        crop=crop["choice"] if crop else "full",
        overhanging=sum(f"{OUTSIDE}=" in tags for tags in scored.tags),
        uncropped=_uncropped(predictions) if crop else 0,
        licences=restrictive_licences(about.get("licences", {})),  # absent in old runs
        facts=sum_facts(predictions.facts),
        clearance_mm=clearance_mm,
        damaged_lines=predictions.damaged_lines,
    )


def measured_fields(
    scored: ScoreTable, predictions: PredictionTable, photos: Photos, offline: OfflineSpeed | None
) -> dict[str, Any]:
    """The fields of a Row that follow from the columns of its photos."""
    failed = scored.failures
    reasons = Counter(error for _, error in failed)
    peak = int(np.nan_to_num(predictions.peak_rss_bytes).max(initial=0))
    return {
        "ious": PhotoValues(photos, np.nan_to_num(scored.iou)),
        "failures": Counter(status for status, _ in failed),
        "reason": reasons.most_common(1)[0][0] if reasons else "",
        "times": None if offline else times_of(predictions),
        "offline": offline,
        "peak_rss_bytes": peak or None,
        "oracle": _oracle(predictions, scored),
        "outlines": outline_summary(scored.measures),
    }


def _uncropped(predictions: PredictionTable) -> int:
    boxes = zip(predictions.status, predictions.box, strict=True)
    return sum(status == OK and box is None for status, box in boxes)


def _oracle(predictions: PredictionTable, scores: ScoreTable) -> Oracle | None:
    if scores.oracle is None or np.isnan(scores.oracle).all():
        return None
    counts = np.nan_to_num(predictions.candidates)
    return Oracle(float(np.median(counts)), int(counts.max()), float(np.nanmedian(scores.oracle)))


def times_of(predictions: PredictionTable) -> Times | None:
    """Times of the photos with a mask and of time-outs; of all timed photos if there are none.

    Other failures end early and would make a model that crashes look fast.
    """
    timed = ~np.isnan(predictions.seconds)
    timed_out = timed & predictions.has_status("timeout")
    counted = timed & predictions.has_status(OK) | timed_out
    chosen = counted if counted.any() else timed
    seconds = predictions.seconds if chosen.all() else predictions.seconds[chosen]
    if not len(seconds):
        return None
    limit = predictions.seconds[timed_out].min(initial=math.inf)
    shares = {"median": 50 / 100, "p90": 90 / 100, "p99": 99 / 100}
    seconds = np.sort(seconds)
    median, p90, p99 = quantiles_of_sorted(seconds, [*shares.values()])
    # A percentile interpolates between two photos, so the higher one decides.
    higher = {name: math.ceil((len(seconds) - 1) * share) for name, share in shares.items()}
    limited = tuple(name for name, place in higher.items() if seconds[place] >= limit)
    return Times(median, p90, p99, limited, len(seconds))
