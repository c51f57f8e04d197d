"""The criteria of the gate, one function each; a limit of None gives no criterion.

``docs/gate.md`` describes the purpose and the setting of each.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.arrays import to_mask
from evaluate.compare.distributions import coin_cdf
from evaluate.compare.rows.row import LEVELS
from evaluate.compare.slices import Slice
from evaluate.display.text import first_few
from evaluate.errors import ReportsError
from evaluate.gate.limits import Limits
from evaluate.metrics.iou import iou
from evaluate.store.baseline import LEAST_NOISE, Baseline, reference_mask
from evaluate.store.masks.stored_masks import stored_alpha
from evaluate.store.run_folder import Run

NOISES = 3  # drops up to this multiple of the measured noise are allowed
MOST_DECIMALS = 6  # a baseline stores as many
ROUNDING = 1e-9  # so that binary rounding fails no criterion


@dataclass(frozen=True)
class Criterion:
    """The result of one check; ``text`` says what was found and what is allowed.

    ``photos`` are shown in the report even if their IoU with the ground truth did not change.
    """

    name: str
    passed: bool
    text: str
    photos: tuple[str, ...] = ()


def decimals(then: float, today: float, allowed: float, least: int) -> int:
    """How many decimals show whether a value fell by more than ``allowed``; at least ``least``."""
    falls = then - today > allowed + ROUNDING

    def tells(places: int) -> bool:
        return (round(then, places) - round(today, places) > allowed + ROUNDING) == falls

    return next(filter(tells, range(least, MOST_DECIMALS)), MOST_DECIMALS)


def check_median(before: Baseline, now: Baseline, limits: Limits) -> Criterion:
    """The median IoU must not fall further than allowed."""
    if limits.drop is not None:
        allowed, reason = limits.drop, ""
    elif before.noise:
        allowed = max(NOISES * before.noise.median, LEAST_NOISE)
        reason = f" ({NOISES}× the noise of {before.noise.repeats} runs)"
    else:
        raise ReportsError(
            "allowed_drop=noise: the baseline stores no noise; make it again with repeats=3"
        )
    then, today = (statistics.median(one.ious.values()) for one in (before, now))
    n = decimals(then, today, allowed, 4)
    text = f"{then:.{n}f} → {today:.{n}f}, allowed to fall by {allowed:g}{reason}"
    return _drop_criterion("median IoU", then, today, allowed, text)


def check_failures(before: Baseline, now: Baseline, why: str) -> Criterion:
    """No more photos may fail than before; ``why`` says why those of the run failed."""
    counts = len(before.failed), len(now.failed)
    text = f"{counts[0]} → {counts[1]}, allowed to rise by 0{f' ({why})' if why else ''}"
    return Criterion("failed photos", counts[1] <= counts[0], text)


def check_photos(before: Baseline, now: Baseline, limits: Limits) -> list[Criterion]:
    """No photo may fall far, and not many photos may fall a little, both beyond their noise."""
    found = []
    differences = {i: now.ious[i] - before.ious[i] for i in before.ious}
    noise = before.noise.photos if before.noise else {}
    beyond = " and beyond its noise" if noise else ""
    if limits.photo_drop is not None:
        fallen = [
            i
            for i, difference in differences.items()
            if difference < -max(limits.photo_drop, NOISES * noise.get(i, 0.0)) - ROUNDING
        ]
        named = f" ({first_few(fallen)})" if fallen else ""
        text = f"{len(fallen)} fell by more than {limits.photo_drop:g}{beyond}, allowed 0{named}"
        found.append(Criterion("each photo", not fallen, text))
    if limits.chance is not None:
        changes = [d for i, d in differences.items() if abs(d) > noise.get(i, LEAST_NOISE)]
        down, up = sum(d < 0 for d in changes), sum(d > 0 for d in changes)
        p = coin_cdf(up, down + up)
        text = f"{down} fell and {up} rose by more than {LEAST_NOISE:g}{beyond}: p {p:.2g}, "
        text += f"must be at least {limits.chance:g}"
        found.append(Criterion("photos together", p >= limits.chance, text))
    return found


def check_shares(before: Baseline, now: Baseline, limits: Limits) -> list[Criterion]:
    """The shares of photos above 0.9 and 0.7 must not fall further than allowed."""
    if limits.share_drop is None:
        return []
    found = []
    for level in LEVELS:
        then, today = (
            statistics.fmean(iou > level for iou in one.ious.values()) for one in (before, now)
        )
        text = f"{then:.1%} → {today:.1%}, allowed to fall by {limits.share_drop:.1%}"
        found.append(_drop_criterion(f">{level} IoU", then, today, limits.share_drop, text))
    return found


def check_slices(
    before: Baseline, now: Baseline, slices: Sequence[Slice], limits: Limits
) -> list[Criterion]:
    """The median IoU of no slice may fall further than allowed."""
    if limits.slice_drop is None:
        return []
    if not slices:
        raise ReportsError(
            "gate.slice_drop: too few photos share a tag or trait, so there are no slices; "
            "leave this setting out"
        )
    found = []
    for one in slices:
        then, today = (statistics.median(run.ious[i] for i in one.ids) for run in (before, now))
        n = decimals(then, today, limits.slice_drop, 4)
        text = f"{then:.{n}f} → {today:.{n}f}, allowed to fall by {limits.slice_drop:g}"
        found.append(_drop_criterion(one.name, then, today, limits.slice_drop, text))
    return found


def check_outlines(
    before: Baseline,
    now: Baseline,
    scales: Mapping[str, float | None],
    limits: Limits,
    renew: str,
) -> list[Criterion]:
    """The medians of outline distances in mm must not rise further than allowed.

    ``scales`` are mm per px by photo; both runs' distances in px are converted with them.
    """
    if not limits.rises:
        return []
    known = {id_: scale for id_, scale in scales.items() if scale}
    if unknown := [id_ for id_ in now.ious if id_ not in known]:
        raise ReportsError(
            f"not comparable, the scale of {len(unknown)} of {len(now.ious)} photos is unknown "
            f"({first_few(unknown)}); give their mm_per_px, or leave out gate.…_mm_rise"
        )
    found = []
    for name, allowed in limits.rises.items():
        if name not in before.distances:
            raise ReportsError(f"the baseline stores no {name} distances; run: {renew}")
        then, today = (
            statistics.median(px * known[id_] for id_, px in one.distances[name].items())
            for one in (before, now)
        )
        text = f"{then:.3f} → {today:.3f}, allowed to rise by {allowed:g}"
        found.append(_drop_criterion(f"{name} mm", -then, -today, allowed, text))
    return found


def check_speed(before: Baseline, now: Baseline, limits: Limits, renew: str) -> list[Criterion]:
    """The p50 relative to that of the row ``limits.reference`` must not rise too far."""
    if limits.slowdown is None:
        return []
    if limits.reference is None:
        raise ReportsError("gate.slowdown: name the row to compare with, as gate.reference=otsu")
    if limits.reference not in before.ratios:
        raise ReportsError(
            f"the baseline stores no p50 relative to {limits.reference}; run: {renew}"
        )
    then, today = before.ratios[limits.reference], now.ratios[limits.reference]
    text = f"{then:.3g} → {today:.3g} times {limits.reference}, allowed up to "
    text += f"{then * (1 + limits.slowdown):.3g}"
    return [Criterion("p50", today <= then * (1 + limits.slowdown), text)]


def check_masks(
    run: Run, folder: Path, before: Baseline, now: Baseline, limits: Limits, renew: str
) -> list[Criterion]:
    """The masks must equal the reference masks, if the baseline kept them."""
    if not folder.is_dir():
        if before.masks:
            raise ReportsError(
                f"{folder}: the baseline's masks are missing; restore them, or run: {renew} "
                "keep_masks=true, or without keep_masks"
            )
        return []
    least, least_id, different = math.inf, "", []
    predictions = run.predictions()
    for id_ in now.ious:
        reference = reference_mask(folder, id_)
        mask = None
        if id_ not in now.failed:
            mask = to_mask(stored_alpha(run, predictions[id_]), now.threshold)
        if reference is None or mask is None or reference.shape != mask.shape:
            agreement = 1.0 if reference is None and mask is None else 0.0
        else:
            agreement = iou(mask, reference)
        if agreement < limits.mask_iou:
            different.append(id_)
        if agreement < least:
            least, least_id = agreement, id_
    named = f" ({first_few(different)})" if different else ""
    text = f"{len(different)} differ from the reference by IoU < {limits.mask_iou:g}, allowed 0"
    text += f"{named}; least {least:.4f} ({least_id})"
    return [Criterion("masks", not different, text, tuple(different))]


def _drop_criterion(name: str, then: float, today: float, allowed: float, text: str) -> Criterion:
    return Criterion(name, then - today <= allowed + ROUNDING, text)
