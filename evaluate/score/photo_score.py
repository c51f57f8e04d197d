"""What one run's mask of one photo scores, computed again only where something has changed."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from datasets.arrays import Box, Mask
from datasets.caching import cache
from datasets.decoding.file_part import FilePart
from datasets.pictures import PictureError
from evaluate.errors import ReportsError
from evaluate.metrics.iou import iou
from evaluate.score.measures import measure
from evaluate.store.masks.stored_masks import (
    candidates_place,
    has_candidates,
    mask_place,
    place_exists,
    place_hash,
)
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.scores import OUTSIDE, Measuring
from models.prompting.candidates import candidate_ious, read_candidates

# Folders whose sources a result depends on.
SCORE_CODE = (
    "datasets",
    "evaluate/metrics",
    "evaluate/score",
    "evaluate/store",
    "models/prompting",
)


@dataclass(frozen=True)
class PhotoScore:
    """The part of a ``Score`` that is computed from files.

    ``no_truth`` is the reason why the truth is unusable, else empty. ``tags`` are those that
    scoring adds.
    """

    iou: float = 0.0
    inverse: float | None = None
    oracle: float | None = None
    blank: str = ""
    measures: dict[str, float] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    no_truth: str = ""


def photo_score(opened: OpenedPhoto, measuring: Measuring) -> PhotoScore:
    """The stored score, if nothing that it depends on has changed since; else a new one.

    Raises:
        ReportsError: the mask or the candidates are missing, damaged, or of another size.
        DatasetError: photo or truth has changed since the dataset was loaded.
    """
    run, prediction = opened.run, opened.prediction
    assert run is not None and prediction is not None  # noqa: S101, PT018 - of a run
    if opened.size is None:  # nothing was read, so there is nothing to measure
        return PhotoScore()
    try:
        found = cache.remembered(
            "score",
            lambda: _key(opened, run, prediction, measuring),
            lambda: asdict(_measured(opened, run, prediction, measuring)),
        )
    except PictureError as error:  # not kept: it names a file, and the next time it may be readable
        return PhotoScore(no_truth=str(error))
    return PhotoScore(**found)


def _key(opened: OpenedPhoto, run: Run, prediction: PredictionRecord, measuring: Measuring) -> str:
    def digest(place: Path | FilePart, there: bool) -> str | None:
        return place_hash(place) if there else None

    sample = opened.sample
    return cache.key_of(
        cache.code_key(*SCORE_CODE),
        digest(mask_place(run, prediction), opened.predicted),
        digest(candidates_place(run, prediction), prediction.candidates is not None),
        opened.dataset.truth_key(sample),
        opened.size,
        prediction.box,
        sample.mm_per_px,
        measuring,
    )


def _measured(
    opened: OpenedPhoto, run: Run, prediction: PredictionRecord, measuring: Measuring
) -> PhotoScore:
    if opened.alpha is not None and opened.alpha.shape != opened.size:
        raise ReportsError(
            f"{mask_place(run, prediction)}: has another size than its photo, so it is not the "
            f"mask that was predicted; delete it and run: {run.about()['command']}"
        )
    (truth, more), void = opened.truth_and_tags, opened.void
    tags = list(more)
    alpha, overlap, inverse = opened.scored_alpha, 0.0, None
    if alpha is not None and (mask := opened.mask) is not None:
        overlap = iou(_without(mask, void), truth)
        inverse = iou(_without(~mask, void), truth)
    if (outside := _outside(truth, prediction.box)) > 0:
        tags.append(f"{OUTSIDE}={outside:.3g}")
    return PhotoScore(
        iou=overlap,
        inverse=inverse,
        oracle=_oracle(run, prediction, truth, void),
        blank="full" if truth.all() else "" if truth.any() else "empty",
        measures=measure(alpha, truth, opened.sample.mm_per_px, measuring),
        tags=tags,
    )


def _without(mask: Mask, void: Mask | None) -> Mask:
    """A mask without the pixels that are not scored: background there, as the truth is."""
    return mask if void is None else mask & ~void


def _oracle(run: Run, prediction: PredictionRecord, truth: Mask, void: Mask | None) -> float | None:
    """The highest IoU among a photo's candidates; None where the model proposes none."""
    if prediction.candidates is None:
        return None
    place = candidates_place(run, prediction)
    if place_exists(place) and not has_candidates(run, prediction):
        raise ReportsError(
            f"{place}: not the candidates that were proposed: their hash is another; "
            f"run: {run.about()['command']}"
        )
    try:
        if void is None:
            return max(candidate_ious(place, truth), default=0.0)
        return max(
            (iou(_without(one.mask, void), truth) for one in read_candidates(place)), default=0.0
        )
    except ValueError as error:
        if isinstance(place, Path):
            place.unlink(missing_ok=True)
        raise ReportsError(f"{error}; run: {run.about()['command']}") from error


def _outside(truth: Mask, box: Box | None) -> float:
    """The share of the truth outside the crop that the model got."""
    if box is None or not truth.any():
        return 0.0
    x, y, width, height = box
    return 1 - np.count_nonzero(truth[y : y + height, x : x + width]) / np.count_nonzero(truth)
