"""The commands ``baseline`` and ``gate``: from settings to files."""

import shutil
from dataclasses import replace
from pathlib import Path

from evaluate.compare.slices import known_of, slices_of
from evaluate.config.settings import Settings
from evaluate.errors import ReportsError
from evaluate.gate import report
from evaluate.gate.baseline import baseline_of, noise_of
from evaluate.gate.judge import Verdict, check, check_fresh, p50_ratio
from evaluate.predict.stage import describe, run
from evaluate.score.stage import score
from evaluate.store import baseline
from evaluate.store.atomic import write_atomic
from evaluate.store.run_folder import OK, Run
from evaluate.store.scores import read_scores
from evaluate.store.traits import TRAITS, stored_traits

JUNIT = "junit.xml"


def make_baseline(settings: Settings) -> str:
    """Store the chosen run's scores as what the gate holds it to; says what was written."""
    stored, path = stored_run(settings), settings.baseline
    reference = settings.limits.reference
    ratios = {reference: p50_ratio(stored, reference)} if reference else {}
    found = baseline_of(stored, ratios, None, settings.limits.rises)
    if settings.repeats > 1:
        masked = {id_: iou for id_, iou in found.ious.items() if id_ not in found.failed}
        repeated = [masked, *(_repeat(settings) for _ in range(settings.repeats - 1))]
        found = replace(found, noise=noise_of(repeated))
    baseline.write(replace(found, masks=settings.keep_masks), path)
    masks = path.with_suffix("")
    if settings.keep_masks:
        baseline.write_masks(stored, masks)
    else:
        shutil.rmtree(masks, ignore_errors=True)
    text = f"{path}: {len(found.ious)} photos; commit it, and make gate holds to it"
    if found.noise:
        text += f"\nnoise of {found.noise.repeats} runs: median IoU {found.noise.median:g}, "
        text += f"any one photo {max(found.noise.photos.values(), default=0):g}"
    return text


def forget(settings: Settings) -> None:
    """Take away what an earlier gate said: what cannot be compared leaves no pass of old."""
    place = settings.folder / "gate"
    for earlier in (f"{settings.row}.md", f"{settings.row}.jpg", JUNIT):
        (place / earlier).unlink(missing_ok=True)


def hold(settings: Settings) -> Verdict:
    """Hold the chosen run to its baseline, and write what was found beside the other reports.

    Raises:
        ReportsError: they cannot be compared; the text says why.
    """
    stored = stored_run(settings)
    model, files = settings.model()
    dataset = settings.dataset()
    check_fresh(stored, describe(model, dataset, settings.conditions, files))
    scoring, scores = read_scores(stored)
    traits = stored_traits(settings.folder / TRAITS, scoring.dataset_hash)
    if settings.limits.slice_drop is not None and not traits:
        raise ReportsError(
            f"{settings.folder / TRAITS}: missing or of other photos, so not every slice can be "
            f"asked; run: make score {settings.line}"
        )
    slices = slices_of(known_of(scores, traits))
    scales = {sample.id: sample.mm_per_px for sample in dataset.samples}
    renew = _renewing(settings)
    found = check(stored, settings.baseline, settings.limits, slices, scales, renew)
    page = settings.folder / "gate" / f"{settings.row}.md"
    write_atomic(page, report.markdown(found).encode("utf-8", "backslashreplace"))
    shown = report.pictures(found, stored, dataset, settings.baseline.with_suffix(""))
    if shown:
        write_atomic(page.with_suffix(".jpg"), shown)
    return found


def stored_run(settings: Settings) -> Run:
    """The stored run of the chosen model."""
    stored = Run(settings.runs / settings.row)
    if not stored.folder.is_dir():
        raise ReportsError(f"{stored.folder}: no such run; run: make eval {settings.line}")
    return stored


def _renewing(settings: Settings) -> str:
    """The command that makes the baseline anew, with all that is asked of it and what it kept."""
    masks = ["keep_masks=true"] if settings.baseline.with_suffix("").is_dir() else []
    return " ".join([f"make baseline {settings.line}", *settings.limits.wants, *masks])


def _repeat(settings: Settings) -> dict[str, float]:
    """Predict and score everything once more, somewhere else; the IoUs by photo with a mask."""
    model, files = settings.model()
    dataset = settings.dataset()
    place: Path = settings.folder / "repeats"
    try:
        again = run(model, dataset, settings.conditions, files, place, retry=False)
        scores = score(again, dataset, settings.clearance_mm)
        return {s.id: s.iou for s in scores if s.status == OK and s.iou is not None}
    finally:
        shutil.rmtree(place, ignore_errors=True)
