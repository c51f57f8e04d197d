"""One run's stored scores as a row of the table.

Every scored photo counts in every number; a failed photo has IoU 0. Speed is the median of the
seconds of photos with a mask; time-outs count as their limit.
"""

import math
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from evaluate.compare.licence_terms import restrictive_licences
from evaluate.compare.memory_growth import Growth, growth
from evaluate.compare.model_facts import Summary, sum_facts
from evaluate.compare.statistics import Interval, median_interval
from evaluate.errors import ReportsError
from evaluate.store.identity import key
from evaluate.store.run_folder import OK, PredictionRecord, Run
from evaluate.store.scores import NO_TRUTH, OUTSIDE, Measures, Score

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
    ``licences`` are stated if restrictive. ``clearance_mm`` is the tolerance of ``measures``.
    ``place`` is set only if another row was timed on another device or machine: then the seconds of
    both are shown, but not compared. ``inverse`` is the median IoU of the row's masks inverted.
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
    place: str = ""
    inverse: float | None = None

    @property
    def failed(self) -> int:
        """Photos without a mask."""
        return sum(self.failures.values())

    @property
    def has_quality(self) -> bool:
        """Whether any photo has a mask."""
        return self.failed < len(self.ious)

    @property
    def median(self) -> float:
        """Median IoU over all scored photos."""
        return statistics.median(self.ious.values())

    @cached_property
    def interval(self) -> Interval | None:
        """The exact confidence interval of the median; None for fewer than six photos."""
        return median_interval(list(self.ious.values()))

    @property
    def mean(self) -> float:
        """Mean IoU over all scored photos."""
        return statistics.fmean(self.ious.values())

    @property
    def p10(self) -> float:
        """The 10th percentile of the IoU."""
        return float(np.percentile(list(self.ious.values()), 10))

    @property
    def worst(self) -> float:
        """The lowest IoU."""
        return min(self.ious.values())

    def above(self, level: float) -> int:
        """How many photos have an IoU strictly above ``level``."""
        return sum(iou > level for iou in self.ious.values())


def row_of(run: Run, scores: list[Score], clearance_mm: float) -> Row:
    """The row of a run with these scores; ``clearance_mm`` is the tolerance of their measures.

    Raises:
        ReportsError: run.json is damaged, or predictions.jsonl lacks scored photos.
    """
    about = run.about()
    scored = [s for s in scores if s.status != NO_TRUTH]
    ious = {s.id: s.iou or 0.0 for s in scored}
    predictions = [p for p in run.predictions().values() if p.id in ious]
    if len(predictions) < len(ious):
        missing = len(ious) - len(predictions)
        raise ReportsError(
            f"{run.folder}: {missing} photos are missing from predictions.jsonl; "
            f"run: {about['command']}"
        )
    failures = Counter(s.status for s in scored if s.status != OK)
    reasons = Counter(s.error for s in scored if s.status != OK)
    sessions: list[dict[str, Any]] = about["sessions"]
    first_calls = [s["warmup_s"][0] for s in sessions if s["warmup_s"] and s["warmup_s"][0]]
    peaks = [p.peak_rss_bytes for p in predictions if p.peak_rss_bytes]
    config: dict[str, Any] = about["identity"]["config"]
    crop = config.get("steps", {}).get("crop")  # absent: the whole photo
    return Row(
        row=run.row,
        label=about["label"],
        ious=ious,
        failures=failures,
        reason=reasons.most_common(1)[0][0] if reasons else "",
        times=times_of(predictions),
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
        licences=restrictive_licences(about.get("licences", {})),  # absent in old runs
        facts=sum_facts(p.facts for p in predictions),
        oracle=_oracle(predictions, scored),
        measures=[s.measures for s in scored if s.measures],
        clearance_mm=clearance_mm,
    )


def _oracle(predictions: list[PredictionRecord], scores: list[Score]) -> Oracle | None:
    best = [s.oracle for s in scores if s.oracle is not None]
    if not best:
        return None
    counts = [p.candidates or 0 for p in predictions]
    return Oracle(statistics.median(counts), max(counts), statistics.median(best))


def times_of(predictions: Collection[PredictionRecord]) -> Times | None:
    """Times of the photos with a mask and of time-outs; of all timed photos if there are none.

    Other failures end early and would make a model that crashes look fast.
    """
    counted = [p for p in predictions if p.status in (OK, "timeout") and p.seconds is not None]
    counted = counted or [p for p in predictions if p.seconds is not None]
    if not counted:
        return None
    seconds = np.array([p.seconds for p in counted], float)
    limit = min((p.seconds or 0.0 for p in counted if p.status == "timeout"), default=math.inf)
    shares = {"median": 50, "p90": 90, "p99": 99}
    values = {name: float(np.percentile(seconds, share)) for name, share in shares.items()}
    limited = (  # a percentile interpolates between two photos, so the higher one decides
        name
        for name, share in shares.items()
        if np.percentile(seconds, share, method="higher") >= limit
    )
    return Times(**values, limited=tuple(limited), photos=len(counted))
