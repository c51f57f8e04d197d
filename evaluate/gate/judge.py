"""The gate: check a run's stored scores against a stored baseline, criterion by criterion.

It fails closed. What cannot be compared raises an error and never passes: a missing baseline, run
or reference run, another dataset, threshold, version or set of photos.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluate.compare.comparison import unequal
from evaluate.compare.rows.offline import offline_speed
from evaluate.compare.rows.row import times_of
from evaluate.compare.slices import Slice
from evaluate.display.text import first_few
from evaluate.errors import ReportsError
from evaluate.gate.baseline import baseline_of, failures_text
from evaluate.gate.criteria import (
    Criterion,
    check_failures,
    check_masks,
    check_median,
    check_outlines,
    check_photos,
    check_shares,
    check_slices,
    check_speed,
    decimals,
)
from evaluate.gate.limits import Limits
from evaluate.store.baseline import LEAST_NOISE, Baseline, read_baseline
from evaluate.store.prediction_table import read_predictions
from evaluate.store.run_folder import Run
from evaluate.store.score_table import read_scoring

PHOTOS_NAMED = 50  # of those that were added or removed


@dataclass(frozen=True)
class PhotoChange:
    """A photo whose IoU or mask changed; ``decimals`` of it show whether it fell too far."""

    id: str
    before: float
    now: float
    decimals: int = 3

    @property
    def texts(self) -> tuple[str, str, str]:
        """The IoU before and now, and the change."""
        n = self.decimals
        return f"{self.before:.{n}f}", f"{self.now:.{n}f}", f"{self.now - self.before:+.{n}f}"


@dataclass(frozen=True)
class Verdict:
    """The gate's judgement of a run; ``ious`` are those of the run, by photo."""

    baseline: Baseline
    ious: Mapping[str, float]
    criteria: tuple[Criterion, ...]
    changes: tuple[PhotoChange, ...]

    @property
    def passed(self) -> bool:
        """Whether the run passes every criterion."""
        return all(criterion.passed for criterion in self.criteria)


def check_fresh(run: Run, now: Mapping[str, Any], dataset_hash: str, ids: Collection[str]) -> None:
    """Refuse a stored run unless it has the current code, config, photos and ground truth.

    ``now`` is the run.json of a run started now, ``dataset_hash`` is that of photos and truths now,
    ``ids`` are the photos now. Device, threads and machine may differ: they affect only times,
    which are judged relative to a run on the same machine.

    Raises:
        ReportsError: something differs, or there is no scored run; the text says what to run.
    """
    scoring = read_scoring(run)
    then = run.about()["identity"]
    parts = ("config", "files", "code", "photos")
    changed = [part for part in parts if then.get(part) != now["identity"][part]]
    if scoring.dataset_hash != dataset_hash and "photos" not in changed:
        changed.append("ground truth")
    if changed:
        told = photo_difference(read_predictions(run).ids, ids)
        raise ReportsError(
            f"{run.folder}: not comparable, {' and '.join(changed)} changed since it was made"
            f"{f' ({told})' if told else ''}; run: {now['command']}"
        )


def check_scored_as(run: Run, asked: Mapping[str, float], rescore: str) -> None:
    """Refuse a stored run that was not scored with the ``asked`` settings of scoring, by name.

    Raises:
        ReportsError: one differs; the text has ``rescore``, the command that scores it again.
    """
    scoring = read_scoring(run)
    for name, value in asked.items():
        if (scored := getattr(scoring, name)) != value:
            again = " ".join([rescore, *(f"{one}={asked[one]:g}" for one in asked)])
            raise ReportsError(
                f"{run.folder}: scored at {name} {scored:g}, asked for {value:g}; run: {again}"
            )


def judge_run(
    run: Run,
    path: Path,
    limits: Limits,
    slices: Sequence[Slice],
    scales: Mapping[str, float | None],
    renew: str,
    rescore: str = "make score",
) -> Verdict:
    """Check a run against the baseline at ``path``.

    ``scales`` has mm per px by photo, None where unknown. Errors name ``renew``, the command that
    makes the baseline again, and ``rescore``, which scores the run again.

    Raises:
        ReportsError: run and baseline cannot be compared; the text says why.
    """
    before = read_baseline(path, renew)
    ratios = {limits.reference: p50_ratio(run, limits.reference)} if limits.reference else {}
    now = baseline_of(run, ratios, None, limits.rises)
    if before.has_no_mask:
        raise ReportsError(
            f"{path}: not comparable, all {len(before.ious)} photos failed in it, so no run can be "
            f"worse; once some photos have a mask, run: {renew}"
        )
    _check_same(before, now, path, renew, rescore)
    criteria = [
        check_median(before, now, limits),
        check_failures(before, now, failures_text(run)),
        *check_photos(before, now, limits),
        *check_shares(before, now, limits),
        *check_slices(before, now, slices, limits),
        *check_outlines(before, now, scales, limits, renew),
        *check_speed(before, now, limits, renew),
        *check_masks(run, path.with_suffix(""), before, now, limits, renew),
    ]
    shown = {id_ for criterion in criteria for id_ in criterion.photos}
    allowed = math.inf if limits.photo_drop is None else limits.photo_drop
    changes = [
        PhotoChange(i, then, now.ious[i], decimals(then, now.ious[i], allowed, 3))
        for i, then in before.ious.items()
    ]
    changes = [c for c in changes if c.id in shown or abs(c.now - c.before) >= LEAST_NOISE]
    changes.sort(key=lambda c: (-abs(c.now - c.before), c.id))
    return Verdict(before, now.ious, tuple(criteria), tuple(changes))


def p50_ratio(run: Run, reference: str) -> float:
    """A run's p50 divided by that of the row ``reference`` in the same reports.

    Raises:
        ReportsError: there is no such run, it is the run itself, or it was timed on another
            machine, under other conditions or on other photos.
    """
    if reference == run.row:
        raise ReportsError(f"gate.reference={reference}: name another row, such as otsu")
    other = Run(run.folder.parent / reference)
    about, theirs = run.about(), other.about()
    for part in ("machine", "conditions", "photos"):
        if about["identity"].get(part) != theirs["identity"].get(part):
            raise ReportsError(
                f"{other.folder}: timed with other {part} than {run.row}; run both here: "
                f"{theirs['command']}"
            )
    return _p50(run) / _p50(other)


def _p50(run: Run) -> float:
    if offline_speed(run.about()):
        raise ReportsError(f"{run.folder}: predicted by several workers, so its times are no p50")
    times = times_of(read_predictions(run))
    if times is None or not times.median:
        raise ReportsError(f"{run.folder}: no photo was timed")
    return times.median


def _check_same(before: Baseline, now: Baseline, path: Path, renew: str, rescore: str) -> None:
    if told := photo_difference(before.ious, now.ious):
        raise ReportsError(
            f"{path}: not comparable, other photos than in the run ({told}); restore them, or run: "
            f"{renew}"
        )
    for name, then, today in unequal(before, now):
        remedy = f"run: {rescore} threshold={then}" if name == "threshold" else "restore it"
        raise ReportsError(
            f"{path}: not comparable, {name} is {then} there and {today} in the run; {remedy}, "
            f"or, to accept that of the run: {renew}"
        )


def photo_difference(before: Collection[str], now: Collection[str]) -> str:
    """The photos that were added or removed, by id; empty where they are the same."""
    parts = [("added", set(now) - set(before)), ("removed", set(before) - set(now))]
    return "; ".join(
        f"{len(ids)} {how}: {first_few(sorted(ids), PHOTOS_NAMED)}" for how, ids in parts if ids
    )
