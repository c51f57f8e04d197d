"""The second stage: scores stored masks against the ground truth into ``scores.csv``.

No model is run. There is one line per photo, failures included, in the dataset's order. A failed
prediction has IoU 0. If the model proposes candidates, ``oracle_iou`` is the highest IoU among
them: the upper bound that a perfect selection would reach. Candidates are not refined, and a photo
without candidates has 0. A photo whose truth is unusable has status ``no-truth`` and no IoU; it is
left out of every row.

Void pixels (``dataset.void``) are background in truth and masks alike, before anything is measured.
"""

import datetime
import statistics
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tqdm import tqdm

from datasets.arrays import THRESHOLD, Box, Mask, to_mask
from datasets.dataset import Dataset, Sample
from datasets.decoding.depth import depth_notice
from datasets.pictures import PictureError
from datasets.reading.wording import counts
from evaluate.errors import ReportsError
from evaluate.metrics.iou import iou
from evaluate.score.measures import measure
from evaluate.store.identity import VERSION
from evaluate.store.run_folder import OK, PredictionRecord, Run, stored_alpha
from evaluate.store.scores import NO_TRUTH, OUTSIDE, Score, Scoring, write_scores
from models.prompting.candidates import candidate_ious, read_candidates


def score_run(run: Run, dataset: Dataset, clearance_mm: float) -> list[Score]:
    """Score a run and store its ``scores.csv`` and ``scores.json``.

    ``clearance_mm`` is the tolerance of ``surface_dice`` (``evaluate.score.measures``).

    Raises:
        ReportsError: the run is of other photos, is unfinished, or misses masks.
    """
    about = run.about()
    if about["identity"]["photos"] != dataset.photos_hash:
        raise ReportsError(
            f"{run.folder}: the run is of other photos than {dataset.name} holds now; "
            f"run: {about['command']}"
        )
    predictions = run.predictions()
    missing = [s.id for s in dataset.samples if s.id not in predictions]
    if missing:
        raise ReportsError(
            f"{run.folder}: {len(missing)} of {len(dataset.samples)} photos are not predicted yet; "
            f"run: {about['command']}"
        )
    progress = tqdm(
        dataset.samples, desc=f"{about['label']}: scoring", unit="photo", leave=False, delay=1
    )
    scores = [
        _score(run, dataset, sample, predictions[sample.id], clearance_mm) for sample in progress
    ]
    if any(s.oracle is not None for s in scores):  # the model proposes: no candidates means 0
        scores = [
            s if s.oracle is not None or s.iou is None else replace(s, oracle=0.0) for s in scores
        ]
    scoring = Scoring(
        version=VERSION,
        dataset=dataset.name,
        dataset_hash=dataset.content_hash,
        threshold=THRESHOLD,
        scored=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        notices=tuple(_notices(dataset, scores)),
        clearance_mm=clearance_mm,
        inverse_iou=_median([s.inverse for s in scores if s.inverse is not None]),
    )
    write_scores(run, scoring, dataset.polarity, scores)
    return scores


def blank_truths(dataset: Dataset, scores: Sequence[Score]) -> str | None:
    """The line for a dataset whose every usable truth is empty or full."""
    usable = [s for s in scores if s.status != NO_TRUTH]
    if not usable or not all(s.blank for s in usable):
        return None
    told = " and ".join(counts([s.blank for s in usable]))
    return f"{dataset.name}: {told}, so no score here says anything; check how the truth is read"


def _notices(dataset: Dataset, scores: Sequence[Score]) -> list[str]:
    """The dataset's notices, how its masks are read, and whether files could not be used."""
    depth = depth_notice(sample.image_path for sample in dataset.samples)
    notices = [*dataset.notices, *([depth] if depth else [])]
    drawn = not dataset.has_mask_files
    if dataset.reading:
        notices.append(dataset.reading)
    elif drawn and (blank := counts([s.blank for s in scores if s.status != NO_TRUTH])):
        notices.append("; ".join(blank))
    if dataset.warnings:
        notices.append(
            "The photos' table has faults, but no photo is missing for them: every run and make "
            f"audit name them ({len(dataset.warnings)} lines)."
        )
    if dataset.problems:
        notices.append(
            "Photos are missing from every row alike: every run and make audit name what is wrong "
            f"with the set's files ({len(dataset.problems)} lines)."
        )
    return notices


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _score(
    run: Run, dataset: Dataset, sample: Sample, prediction: PredictionRecord, clearance_mm: float
) -> Score:
    tags = [f"{name}={value}" for name, value in sample.tags.items()]
    alpha = stored_alpha(run, sample.id) if prediction.status == OK else None
    size = _photo_size(sample) if prediction.size is None else prediction.size
    if alpha is not None and alpha.shape != size:
        raise ReportsError(
            f"{run.mask(sample.id)}: has another size than its photo, so it is not the mask that "
            f"was predicted; delete it and run: {run.about()['command']}"
        )
    overlap, oracle, measured, blank = 0.0, None, dict[str, float](), ""
    inverse = None
    if size is not None:
        try:
            truth, more = dataset.truth(sample, size)
            void = dataset.void_of(sample, size)
        except PictureError as error:
            return Score(sample.id, NO_TRUTH, None, ";".join(tags), str(error))
        tags += more
        blank = "full" if truth.all() else "" if truth.any() else "empty"
        if alpha is not None:
            inverse = iou(_without(~to_mask(alpha), void), truth)
            alpha = alpha if void is None else np.where(void, np.uint8(0), alpha)
            overlap = iou(to_mask(alpha), truth)
        oracle = _oracle(run, prediction, truth, void)
        measured |= measure(alpha, truth, sample.mm_per_px, clearance_mm)
        if (outside := _outside(truth, prediction.box)) > 0:
            tags.append(f"{OUTSIDE}={outside:.3g}")
    reason = prediction.error or ""
    told = ";".join(tags)
    return Score(
        sample.id, prediction.status, overlap, told, reason, oracle, measured, blank, inverse
    )


def _without(mask: Mask, void: Mask | None) -> Mask:
    """A mask without the pixels that are not scored: background there, as the truth is."""
    return mask if void is None else mask & ~void


def _oracle(run: Run, prediction: PredictionRecord, truth: Mask, void: Mask | None) -> float | None:
    """The highest IoU among a photo's candidates; None where the model proposes none."""
    if prediction.candidates is None:
        return None
    path = run.candidates(prediction.id)
    try:
        if void is None:
            return max(candidate_ious(path, truth), default=0.0)
        return max(
            (iou(_without(one.mask, void), truth) for one in read_candidates(path)), default=0.0
        )
    except ValueError as error:
        path.unlink(missing_ok=True)
        raise ReportsError(f"{error}; run: {run.about()['command']}") from error


def _outside(truth: Mask, box: Box | None) -> float:
    """The share of the truth outside the crop that the model got."""
    if box is None or not truth.any():
        return 0.0
    x, y, width, height = box
    return 1 - np.count_nonzero(truth[y : y + height, x : x + width]) / np.count_nonzero(truth)


def _photo_size(sample: Sample) -> tuple[int, int] | None:
    try:
        height, width = sample.photo().shape[:2]
    except PictureError:
        return None
    return height, width
