"""Computes the paper metrics of a run from its stored masks, into ``paper.csv`` and ``paper.json``.

No model is run. Maximal E and F are read off the curve averaged over photos, so the columns
``e_max`` and ``f_max`` hold each photo's value at the threshold where that curve is highest: their
mean is the number that papers print.
"""

from collections.abc import Sequence

import numpy as np

from datasets.dataset import Dataset, Sample
from datasets.parallel import in_parallel
from evaluate.errors import ReportsError
from evaluate.paper.photo_metrics import CURVE_NAMES, PhotoMetrics, photo_metrics
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.paper_scores import PaperScore, PaperScores, write_paper_scores
from evaluate.store.run_folder import Run
from evaluate.store.scores import Measuring

AT_MAXIMUM = ("e", "f", "stretched_e", "stretched_f")


def compute_paper_scores(run: Run, dataset: Dataset, measuring: Measuring) -> PaperScores:
    """Compute and store a run's paper metrics.

    Raises:
        ReportsError: the run is unfinished, or a mask is missing or damaged.
    """
    predictions = run.predictions()
    if any(sample.id not in predictions for sample in dataset.samples):
        raise ReportsError(f"{run.folder}: not finished; run: {run.about()['command']}")

    def measured_photo(sample: Sample) -> PhotoMetrics:
        return photo_metrics(OpenedPhoto(dataset, sample, run, predictions[sample.id]), measuring)

    every = in_parallel(measured_photo, dataset.samples, f"{run.about()['label']}: paper metrics")
    measured = [(s.id, m) for s, m in zip(dataset.samples, every, strict=True) if m.values]
    curves = _averaged([metrics for _, metrics in measured])
    photos = tuple(
        PaperScore(id_, predictions[id_].status, {**m.values, **_at_maximum(m, curves)})
        for id_, m in measured
    )
    scores = PaperScores(
        dataset.content_hash, measuring.clearance_mm, measuring.threshold, curves, photos
    )
    write_paper_scores(run, scores)
    return scores


def _averaged(photos: Sequence[PhotoMetrics]) -> dict[str, list[float]]:
    if not photos:
        return {}
    curves = {}
    for name in CURVE_NAMES:
        plane = np.array([photo.curves[name] for photo in photos])
        middle = np.median(plane, axis=0) if name == "iou" else plane.mean(axis=0)
        curves[name] = middle.tolist()
    return curves


def _at_maximum(photo: PhotoMetrics, curves: dict[str, list[float]]) -> dict[str, float]:
    return {f"{n}_max": photo.curves[n][int(np.argmax(curves[n]))] for n in AT_MAXIMUM}
