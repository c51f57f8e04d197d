"""The gate: a run's stored scores against a stored baseline, photo by photo.

It fails closed. Not comparable is an answer of its own, never a pass: no baseline, no run, another
dataset, threshold or set of photos.
"""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluate.files import write_json
from evaluate.score import NO_TRUTH, read_scores
from evaluate.store import OK, ReportsError, Run, read_json

MOVED_SHOWN = 5
MOVED_LEAST = 0.001


@dataclass(frozen=True)
class Verdict:
    """What the gate says, and whether the run may pass."""

    passed: bool
    lines: tuple[str, ...]


def write_baseline(run: Run, path: Path) -> int:
    """Store a run's IoUs as the baseline; returns the number of photos."""
    content = _summary(run)
    write_json(path, content)
    return len(content["photos"])


def check_fresh(run: Run, now: Mapping[str, Any]) -> None:
    """Refuse a stored run that is not of today's code, config, photos and truth.

    ``now`` is what run.json would say of a run that began now. Device, threads and machine may
    differ: they move times, which the gate does not judge.

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


def check(run: Run, path: Path, allowed_drop: float, settings: str) -> Verdict:
    """Hold a run against its baseline; ``settings`` are those of the command, for its remedies.

    Raises:
        ReportsError: they cannot be compared; the text says why.
    """
    renew = f"make baseline {settings}"
    if not path.is_file():
        raise ReportsError(f"{path}: no baseline; run: {renew}")
    before, now = read_json(path), _summary(run)
    for what in ("dataset_hash", "threshold"):
        if before.get(what) != now[what]:
            raise ReportsError(
                f"{path}: not comparable, {what} is {before.get(what)!s:.12} there and "
                f"{now[what]!s:.12} in the run; restore it, or run: {renew}"
            )
    try:
        old = {str(photo): float(iou) for photo, iou in before["photos"].items()}
        failed = len(before["failed"]), len(now["failed"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ReportsError(f"{path}: damaged ({error!r}); restore it, or run: {renew}") from error
    new: dict[str, float] = now["photos"]
    if missing := sorted(old.keys() ^ new.keys()):
        raise ReportsError(
            f"{run.folder}: not comparable, {len(missing)} photos are only in one of the two "
            f"({', '.join(missing[:3])}…); restore it, or run: {renew}"
        )
    medians = statistics.median(old.values()), statistics.median(new.values())
    drop = medians[0] - medians[1]
    passed = drop <= allowed_drop + 1e-9 and failed[1] <= failed[0]
    return Verdict(
        passed,
        (
            f"{run.row} on {now['dataset']}@{now['dataset_hash'][:12]}, {len(new)} photos",
            f"median IoU {medians[0]:.4f} → {medians[1]:.4f}, allowed to fall by {allowed_drop:g}",
            f"failed photos {failed[0]} → {failed[1]}, allowed to rise by 0",
            *_moved(old, new),
            "pass" if passed else "REGRESSED",
        ),
    )


def _moved(old: dict[str, float], new: dict[str, float]) -> list[str]:
    moved = sorted(old, key=lambda i: (-abs(new[i] - old[i]), i))[:MOVED_SHOWN]
    lines = [
        f"  {i}  {old[i]:.3f} → {new[i]:.3f}  ({new[i] - old[i]:+.3f})"
        for i in moved
        if abs(new[i] - old[i]) >= MOVED_LEAST
    ]
    return ["moved most:", *lines] if lines else ["no photo moved"]


def _summary(run: Run) -> dict[str, Any]:
    """What a baseline holds: sorted and rounded, so that its diff is small and readable."""
    scoring, scores = read_scores(run)
    counted = [s for s in scores if s.status != NO_TRUTH]
    if not counted:
        raise ReportsError(f"{run.folder}: no photo has a usable truth; nothing to hold")
    return {
        "row": run.row,
        "dataset": scoring.dataset,
        "dataset_hash": scoring.dataset_hash,
        "threshold": scoring.threshold,
        "median_iou": round(statistics.median(s.iou or 0.0 for s in counted), 6),
        "failed": {s.id: s.status for s in counted if s.status != OK},
        "photos": {s.id: round(s.iou or 0.0, 6) for s in counted},
    }
