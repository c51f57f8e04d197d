"""The gate: a run's stored scores against a stored baseline, criterion by criterion.

It fails closed. Not comparable is an answer of its own, never a pass: no baseline, no run, another
dataset, threshold or set of photos, no reference run where one is asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluate.compare.comparison import ALIKE
from evaluate.compare.row import times_of
from evaluate.compare.slices import Slice
from evaluate.errors import ReportsError
from evaluate.gate import criteria
from evaluate.gate.baseline import baseline_of
from evaluate.gate.criteria import Criterion
from evaluate.gate.limits import Limits
from evaluate.store.baseline import LEAST_NOISE, Baseline, read_baseline
from evaluate.store.run_folder import Run
from evaluate.store.scores import read_scores


@dataclass(frozen=True)
class Move:
    """A photo whose IoU is another one now, or whose mask is."""

    id: str
    before: float
    now: float


@dataclass(frozen=True)
class Verdict:
    """What the gate says of a run; ``ious`` are its photos' now."""

    baseline: Baseline
    ious: Mapping[str, float]
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


def check(
    run: Run,
    path: Path,
    limits: Limits,
    slices: Sequence[Slice],
    scales: Mapping[str, float | None],
    renew: str,
) -> Verdict:
    """Hold a run against its baseline; ``renew`` is the command that makes it anew.

    ``scales`` are each photo's mm a px, None where it is unknown.

    Raises:
        ReportsError: they cannot be compared; the text says why.
    """
    before = read_baseline(path, renew)
    ratios = {limits.reference: p50_ratio(run, limits.reference)} if limits.reference else {}
    now = baseline_of(run, ratios, None, limits.rises)
    _check_same(before, now, path, renew)
    asked = [
        criteria.median(before, now, limits),
        criteria.failures(before, now),
        *criteria.photos(before, now, limits),
        *criteria.shares(before, now, limits),
        *criteria.slices(before, now, slices, limits),
        *criteria.outlines(before, now, scales, limits, renew),
        *criteria.speed(before, now, limits, renew),
        *criteria.masks(run, path.with_suffix(""), before, now, limits, renew),
    ]
    shown = {id_ for criterion in asked for id_ in criterion.photos}
    moves = [Move(i, before.ious[i], now.ious[i]) for i in before.ious]
    moves = [m for m in moves if m.id in shown or abs(m.now - m.before) >= LEAST_NOISE]
    moves.sort(key=lambda m: (-abs(m.now - m.before), m.id))
    return Verdict(before, now.ious, tuple(asked), tuple(moves))


def p50_ratio(run: Run, reference: str) -> float:
    """A run's p50 over that of the row ``reference`` in the same reports.

    Raises:
        ReportsError: there is none, it is the run itself, or it was timed elsewhere or on other
            photos: bare seconds are not compared.
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
    times = times_of(run.predictions().values())
    if times is None or not times.median:
        raise ReportsError(f"{run.folder}: has no times")
    return times.median


def _check_same(before: Baseline, now: Baseline, path: Path, renew: str) -> None:
    for what in ALIKE:
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
