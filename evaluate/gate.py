"""The gate: a run's stored scores against a stored baseline, criterion by criterion.

It fails closed. Not comparable is an answer of its own, never a pass: no baseline, no run, another
dataset, threshold or set of photos, no reference run where one is asked for.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datasets.arrays import to_mask
from evaluate.baseline import Baseline, of_run, read, reference_mask
from evaluate.limits import Limits
from evaluate.metrics import iou
from evaluate.score import read_scores, stored_alpha
from evaluate.slices import Slice
from evaluate.statistics import at_most
from evaluate.store import ReportsError, Run

MOVED_LEAST = 0.001  # pixels that flip at the cut move an IoU by less
NOISES = 3  # so many times the noise of repeats is still noise


@dataclass(frozen=True)
class Criterion:
    """One thing that was asked; ``text`` says what was found and what is allowed."""

    name: str
    passed: bool
    text: str


@dataclass(frozen=True)
class Move:
    """A photo whose IoU is another one now."""

    id: str
    before: float
    now: float


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a run."""

    baseline: Baseline
    criteria: tuple[Criterion, ...]
    moves: tuple[Move, ...]

    @property
    def passed(self) -> bool:
        """Whether the run may pass."""
        return all(criterion.passed for criterion in self.criteria)


def check_fresh(run: Run, now: Mapping[str, Any]) -> None:
    """Refuse a stored run that is not of today's code, config, photos and truth.

    ``now`` is what run.json would say of a run that began now. Device, threads and machine may
    differ: they move times, which are only judged against another run's on the same machine.

    Raises:
        ReportsError: something differs, or there is no scored run; the text says what to run.
    """
    scoring, _ = read_scores(run)
    then = run.about()["identity"]
    parts = ("config", "files", "code", "photos")
    changed = [part for part in parts if then.get(part) != now["identity"][part]]
    if scoring.dataset_hash != now["dataset"]["hash"] and "photos" not in changed:
        changed.append("truth")
    if changed:
        raise ReportsError(
            f"{run.folder}: not comparable, {' and '.join(changed)} changed since it was made; "
            f"run: {now['command']}"
        )


def check(run: Run, path: Path, limits: Limits, slices: Sequence[Slice], renew: str) -> Verdict:
    """Hold a run against its baseline; ``renew`` is the command that makes it anew.

    Raises:
        ReportsError: they cannot be compared; the text says why.
    """
    before = read(path, renew)
    ratios = {limits.reference: p50_ratio(run, limits.reference)} if limits.reference else {}
    now = of_run(run, ratios, None)
    _check_same(before, now, path, renew)
    criteria = [
        _median(before, now, limits),
        _failures(before, now),
        *_photos(before, now, limits),
        *_shares(before, now, limits),
        *_slices(before, now, slices, limits),
        *_speed(before, now, limits, renew),
        *_masks(run, path.with_suffix(""), now, limits),
    ]
    moves = [Move(i, before.ious[i], now.ious[i]) for i in before.ious]
    moves = [m for m in moves if abs(m.now - m.before) >= MOVED_LEAST]
    moves.sort(key=lambda m: (-abs(m.now - m.before), m.id))
    return Verdict(before, tuple(criteria), tuple(moves))


def p50_ratio(run: Run, reference: str) -> float:
    """A run's p50 over that of the row ``reference`` in the same reports.

    Raises:
        ReportsError: there is none, or it was timed elsewhere: bare seconds are not compared.
    """
    other = Run(run.folder.parent / reference)
    about, theirs = run.about(), other.about()
    for part in ("machine", "conditions"):
        if about["identity"].get(part) != theirs["identity"].get(part):
            raise ReportsError(
                f"{other.folder}: timed under other {part} than {run.row}; run both here: "
                f"{theirs['command']}"
            )
    return _p50(run) / _p50(other)


def _p50(run: Run) -> float:
    seconds = [p.seconds for p in run.predictions().values() if p.seconds is not None]
    if not seconds:
        raise ReportsError(f"{run.folder}: has no times")
    return statistics.median(seconds)


def _check_same(before: Baseline, now: Baseline, path: Path, renew: str) -> None:
    for what in ("dataset_hash", "threshold"):
        then, today = getattr(before, what), getattr(now, what)
        if then != today:
            raise ReportsError(
                f"{path}: not comparable, {what} is {then!s:.12} there and {today!s:.12} in the "
                f"run; restore it, or run: {renew}"
            )
    if missing := sorted(before.ious.keys() ^ now.ious.keys()):
        raise ReportsError(
            f"{path}: not comparable, {len(missing)} photos are only in one of the two "
            f"({', '.join(missing[:3])}…); restore it, or run: {renew}"
        )


def _median(before: Baseline, now: Baseline, limits: Limits) -> Criterion:
    if limits.drop is not None:
        allowed, how = limits.drop, ""
    elif before.noise:
        allowed = max(NOISES * before.noise.median, MOVED_LEAST)
        how = f" ({NOISES}× the noise of {before.noise.repeats} runs)"
    else:
        raise ReportsError(
            "allowed_drop=noise: the baseline has no noise; make it again with repeats=3"
        )
    medians = [statistics.median(one.ious.values()) for one in (before, now)]
    text = f"{medians[0]:.4f} → {medians[1]:.4f}, allowed to fall by {allowed:g}{how}"
    return _fallen("median IoU", medians[0], medians[1], allowed, text)


def _failures(before: Baseline, now: Baseline) -> Criterion:
    counts = len(before.failed), len(now.failed)
    text = f"{counts[0]} → {counts[1]}, allowed to rise by 0"
    return Criterion("failed photos", counts[1] <= counts[0], text)


def _photos(before: Baseline, now: Baseline, limits: Limits) -> list[Criterion]:
    """Whether one photo fell far, and whether too many fell a little."""
    found = []
    differences = {i: now.ious[i] - before.ious[i] for i in before.ious}
    if limits.photo_drop is not None:
        fallen = [i for i, d in differences.items() if d < -limits.photo_drop - 1e-9]
        named = f" ({', '.join(fallen[:3])}{'…' * (len(fallen) > 3)})" if fallen else ""
        text = f"{len(fallen)} fell by more than {limits.photo_drop:g}, allowed 0{named}"
        found.append(Criterion("each photo", not fallen, text))
    if limits.chance is not None:
        least = max(MOVED_LEAST, before.noise.photo if before.noise else 0.0)
        down = sum(d < -least for d in differences.values())
        up = sum(d > least for d in differences.values())
        p = at_most(up, down + up)
        text = f"{down} fell and {up} rose by more than {least:g}: p {p:.2g}, allowed from "
        text += f"{limits.chance:g}"
        found.append(Criterion("photos together", p >= limits.chance, text))
    return found


def _shares(before: Baseline, now: Baseline, limits: Limits) -> list[Criterion]:
    if limits.share_drop is None:
        return []
    found = []
    for level in (0.9, 0.7):
        then, today = (
            statistics.fmean(iou > level for iou in one.ious.values()) for one in (before, now)
        )
        text = f"{then:.1%} → {today:.1%}, allowed to fall by {limits.share_drop:.1%}"
        found.append(_fallen(f">{level} IoU", then, today, limits.share_drop, text))
    return found


def _slices(
    before: Baseline, now: Baseline, slices: Sequence[Slice], limits: Limits
) -> list[Criterion]:
    if limits.slice_drop is None:
        return []
    found = []
    for cut in slices:
        then, today = (statistics.median(one.ious[i] for i in cut.ids) for one in (before, now))
        text = f"{then:.4f} → {today:.4f}, allowed to fall by {limits.slice_drop:g}"
        found.append(_fallen(f"{cut.name}", then, today, limits.slice_drop, text))
    return found


def _speed(before: Baseline, now: Baseline, limits: Limits, renew: str) -> list[Criterion]:
    if limits.slowdown is None:
        return []
    if limits.reference is None:
        raise ReportsError("gate.slowdown: name the row to measure by: gate.reference=otsu")
    if limits.reference not in before.ratios:
        raise ReportsError(
            f"the baseline has no p50 against {limits.reference}; run: {renew} "
            f"gate.reference={limits.reference}"
        )
    then, today = before.ratios[limits.reference], now.ratios[limits.reference]
    text = f"{then:.3g} → {today:.3g} times {limits.reference}, allowed up to "
    text += f"{then * (1 + limits.slowdown):.3g}"
    return [Criterion("p50", today <= then * (1 + limits.slowdown), text)]


def _masks(run: Run, folder: Path, now: Baseline, limits: Limits) -> list[Criterion]:
    """Whether the masks are still those of the baseline, where it kept them."""
    if not folder.is_dir():
        return []
    worst, where, others = math.inf, "", 0
    for id_ in now.ious:
        reference = reference_mask(folder, id_)
        mask = to_mask(stored_alpha(run, id_)) if id_ not in now.failed else None
        if reference is None or mask is None or reference.shape != mask.shape:
            agreement = 1.0 if reference is None and mask is None else 0.0
        else:
            agreement = iou(mask, reference)
        others += agreement < limits.mask_iou
        if agreement < worst:
            worst, where = agreement, id_
    text = f"{others} differ from the reference by IoU < {limits.mask_iou:g}, allowed 0; "
    text += f"least {worst:.4f} ({where})"
    return [Criterion("masks", others == 0, text)]


def _fallen(name: str, then: float, today: float, allowed: float, text: str) -> Criterion:
    return Criterion(name, then - today <= allowed + 1e-9, text)
