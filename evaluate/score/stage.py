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
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from datasets.dataset import Dataset, Sample
from datasets.listing.depth_notice import depth_notice
from datasets.messages import counted, few
from datasets.parallel import in_parallel
from datasets.reading.wording import counts
from evaluate.errors import ReportsError
from evaluate.score.photo_score import photo_score
from evaluate.store.identity import VERSION
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import Run
from evaluate.store.scores import NO_TRUTH, Measuring, Score, Scoring, write_scores

Visit: TypeAlias = Callable[[OpenedPhoto], object]


def score_run(
    run: Run, dataset: Dataset, measuring: Measuring, visit: Visit = lambda _: None
) -> list[Score]:
    """Score a run and store its ``scores.csv`` and ``scores.json``.

    ``visit`` gets every photo while its files are open, for what else is made from them; several
    threads call it.

    Raises:
        ReportsError: the run is of other photos, is unfinished, or misses masks.
    """
    about = run.about_photos(dataset.photos_hash, dataset.name)
    predictions = run.predictions()
    missing = [s.id for s in dataset.samples if s.id not in predictions]
    if missing:
        raise ReportsError(
            f"{run.folder}: {len(missing)} of {len(dataset.samples)} photos are not predicted yet; "
            f"run: {about['command']}"
        )

    def score(sample: Sample) -> Score:
        prediction = predictions[sample.id]
        opened = OpenedPhoto(dataset, sample, run, prediction, measuring.threshold)
        return _score(opened, measuring, visit)

    recorded = {id_: one.photo_sha256 for id_, one in predictions.items()}
    if changed := dataset.changed_photos(recorded):
        raise ReportsError(
            f"{run.folder}: {counted(len(changed), 'photo')} changed since being predicted "
            f"({few(changed)}); run: {about['command']}"
        )
    name = f"{about['label']}: scoring"
    scores = in_parallel(score, dataset.ahead(dataset.samples, fetch=False), name)
    if any(s.oracle is not None for s in scores):  # the model proposes: no candidates means 0
        scores = [
            s if s.oracle is not None or s.iou is None else replace(s, oracle=0.0) for s in scores
        ]
    scoring = Scoring(
        version=VERSION,
        dataset=dataset.name,
        dataset_hash=dataset.content_hash,
        threshold=measuring.threshold,
        scored=datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        notices=tuple(_notices(dataset, scores)),
        clearance_mm=measuring.clearance_mm,
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
    depth = depth_notice(dataset.samples)
    notices = [*dataset.notices, *([depth] if depth else [])]
    drawn = not dataset.has_mask_files
    if dataset.reading:
        notices.append(dataset.reading)
    elif drawn and (blank := counts([s.blank for s in scores if s.status != NO_TRUTH])):
        notices.append("; ".join(blank))
    if dataset.warnings:
        notices.append(
            "The photos' table has faults, but no photo is missing for them: every run and make "
            "audit name them."
        )
    if dataset.problems:
        notices.append(
            "Photos are missing from every row alike: every run and make audit name what is wrong "
            "with the set's files."
        )
    return notices


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _score(opened: OpenedPhoto, measuring: Measuring, visit: Visit) -> Score:
    sample, prediction = opened.sample, opened.prediction
    assert prediction is not None  # noqa: S101 - it is of a run
    found = photo_score(opened, measuring)
    visit(opened)
    tags = [f"{name}={value}" for name, value in sample.tags.items()]
    if found.no_truth:
        return Score(sample.id, NO_TRUTH, None, ";".join(tags), found.no_truth)
    return Score(
        id=sample.id,
        status=prediction.status,
        iou=found.iou,
        tags=";".join([*tags, *found.tags]),
        error=prediction.error or "",
        oracle=found.oracle,
        measures=found.measures,
        blank=found.blank,
        inverse=found.inverse,
    )
