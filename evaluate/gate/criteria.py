"""What the gate asks of a run, one function each; what is not asked gives no criterion.

``docs/gate.md`` says what each is for and how it is set.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.arrays import to_mask
from evaluate.compare.row import LEVELS
from evaluate.compare.slices import Slice
from evaluate.compare.statistics import at_most
from evaluate.errors import ReportsError
from evaluate.gate.limits import Limits
from evaluate.metrics.iou import iou
from evaluate.store.baseline import LEAST_NOISE, Baseline, reference_mask
from evaluate.store.run_folder import Run, stored_alpha

NOISES = 3  # so many times the noise of repeats is still noise


@dataclass(frozen=True)
class Criterion:
    """One thing that was asked; ``text`` says what was found and what is allowed.

    ``photos`` are to be looked at even where their IoU with the truth did not move.
    """

    name: str
    passed: bool
    text: str
    photos: tuple[str, ...] = ()


def median(before: Baseline, now: Baseline, limits: Limits) -> Criterion:
    """Whether the median IoU fell."""
    if limits.drop is not None:
        allowed, how = limits.drop, ""
    elif before.noise:
        allowed = max(NOISES * before.noise.median, LEAST_NOISE)
        how = f" ({NOISES}× the noise of {before.noise.repeats} runs)"
    else:
        raise ReportsError(
            "allowed_drop=noise: the baseline has no noise; make it again with repeats=3"
        )
    medians = [statistics.median(one.ious.values()) for one in (before, now)]
    text = f"{medians[0]:.4f} → {medians[1]:.4f}, allowed to fall by {allowed:g}{how}"
    return _fallen("median IoU", medians[0], medians[1], allowed, text)


def failures(before: Baseline, now: Baseline) -> Criterion:
    """Whether more photos failed."""
    counts = len(before.failed), len(now.failed)
    text = f"{counts[0]} → {counts[1]}, allowed to rise by 0"
    return Criterion("failed photos", counts[1] <= counts[0], text)


def photos(before: Baseline, now: Baseline, limits: Limits) -> list[Criterion]:
    """Whether one photo fell far, and whether too many fell a little: by more than their noise."""
    found = []
    differences = {i: now.ious[i] - before.ious[i] for i in before.ious}
    noise = before.noise.photos if before.noise else {}
    beyond = " and its noise" if noise else ""
    if limits.photo_drop is not None:
        fallen = [
            i
            for i, d in differences.items()
            if d < -max(limits.photo_drop, NOISES * noise.get(i, 0.0)) - 1e-9
        ]
        named = f" ({_named(fallen)})" if fallen else ""
        text = f"{len(fallen)} fell by more than {limits.photo_drop:g}{beyond}, allowed 0{named}"
        found.append(Criterion("each photo", not fallen, text))
    if limits.chance is not None:
        moves = {i: d for i, d in differences.items() if abs(d) > noise.get(i, LEAST_NOISE)}
        down, up = sum(d < 0 for d in moves.values()), sum(d > 0 for d in moves.values())
        p = at_most(up, down + up)
        text = f"{down} fell and {up} rose by more than {LEAST_NOISE:g}{beyond}: p {p:.2g}, "
        text += f"allowed from {limits.chance:g}"
        found.append(Criterion("photos together", p >= limits.chance, text))
    return found


def shares(before: Baseline, now: Baseline, limits: Limits) -> list[Criterion]:
    """Whether the shares of photos above 0.9 and 0.7 fell."""
    if limits.share_drop is None:
        return []
    found = []
    for level in LEVELS:
        then, today = (
            statistics.fmean(iou > level for iou in one.ious.values()) for one in (before, now)
        )
        text = f"{then:.1%} → {today:.1%}, allowed to fall by {limits.share_drop:.1%}"
        found.append(_fallen(f">{level} IoU", then, today, limits.share_drop, text))
    return found


def slices(
    before: Baseline, now: Baseline, cuts: Sequence[Slice], limits: Limits
) -> list[Criterion]:
    """Whether the median IoU of any slice fell."""
    if limits.slice_drop is None:
        return []
    if not cuts:
        raise ReportsError(
            "gate.slice_drop: no tag or trait is known of enough photos, so there are no slices; "
            "leave it out"
        )
    found = []
    for cut in cuts:
        then, today = (statistics.median(one.ious[i] for i in cut.ids) for one in (before, now))
        text = f"{then:.4f} → {today:.4f}, allowed to fall by {limits.slice_drop:g}"
        found.append(_fallen(cut.name, then, today, limits.slice_drop, text))
    return found


def outlines(
    before: Baseline,
    now: Baseline,
    scales: Mapping[str, float | None],
    limits: Limits,
    renew: str,
) -> list[Criterion]:
    """Whether outlines lie farther off, in mm; px of both runs at one and the same scale."""
    if not limits.rises:
        return []
    known = {id_: scale for id_, scale in scales.items() if scale}
    if unknown := [id_ for id_ in now.ious if id_ not in known]:
        raise ReportsError(
            f"not comparable, the scale of {len(unknown)} of {len(now.ious)} photos is unknown "
            f"({_named(unknown)}); give their mm_per_px, or leave out gate.…_mm_rise"
        )
    found = []
    for name, allowed in limits.rises.items():
        if name not in before.distances:
            raise ReportsError(f"the baseline has no distances {name}; run: {renew}")
        then, today = (
            statistics.median(px * known[id_] for id_, px in one.distances[name].items())
            for one in (before, now)
        )
        text = f"{then:.3f} → {today:.3f}, allowed to rise by {allowed:g}"
        found.append(_fallen(f"{name} mm", -then, -today, allowed, text))
    return found


def speed(before: Baseline, now: Baseline, limits: Limits, renew: str) -> list[Criterion]:
    """Whether it became slower against the reference."""
    if limits.slowdown is None:
        return []
    if limits.reference is None:
        raise ReportsError("gate.slowdown: name the row to measure by: gate.reference=otsu")
    if limits.reference not in before.ratios:
        raise ReportsError(f"the baseline has no p50 against {limits.reference}; run: {renew}")
    then, today = before.ratios[limits.reference], now.ratios[limits.reference]
    text = f"{then:.3g} → {today:.3g} times {limits.reference}, allowed up to "
    text += f"{then * (1 + limits.slowdown):.3g}"
    return [Criterion("p50", today <= then * (1 + limits.slowdown), text)]


def masks(
    run: Run, folder: Path, before: Baseline, now: Baseline, limits: Limits, renew: str
) -> list[Criterion]:
    """Whether the masks are still those of the baseline, where it kept them."""
    if not folder.is_dir():
        if before.masks:
            raise ReportsError(
                f"{folder}: the baseline's masks are gone; restore them, or run: {renew} "
                "keep_masks=true, or without it"
            )
        return []
    worst, where, others = math.inf, "", []
    for id_ in now.ious:
        reference = reference_mask(folder, id_)
        mask = to_mask(stored_alpha(run, id_)) if id_ not in now.failed else None
        if reference is None or mask is None or reference.shape != mask.shape:
            agreement = 1.0 if reference is None and mask is None else 0.0
        else:
            agreement = iou(mask, reference)
        if agreement < limits.mask_iou:
            others.append(id_)
        if agreement < worst:
            worst, where = agreement, id_
    named = f" ({_named(others)})" if others else ""
    text = f"{len(others)} differ from the reference by IoU < {limits.mask_iou:g}, allowed 0"
    text += f"{named}; least {worst:.4f} ({where})"
    return [Criterion("masks", not others, text, tuple(others))]


def _fallen(name: str, then: float, today: float, allowed: float, text: str) -> Criterion:
    return Criterion(name, then - today <= allowed + 1e-9, text)


def _named(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + "…" * (len(ids) > 3)
