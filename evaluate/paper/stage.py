"""Computes the paper metrics of runs from stored masks, into each one's paper.csv and paper.json.

No model is run. Photo after photo is measured against the masks of all runs, so what a ground truth
needs is prepared once. Maximal E and F are read off the curve averaged over photos, so the columns
``e_max`` and ``f_max`` hold each photo's value at the threshold where that curve is highest: their
mean is the number that papers print.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from datasets.dataset import Dataset, Sample
from datasets.parallel import in_parallel
from evaluate.errors import ReportsError
from evaluate.paper.photo_metrics import CURVE_NAMES, PhotoMetrics, photo_metrics
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.paper_scores import STRETCHED, PaperScore, PaperScores, write_paper_scores
from evaluate.store.run_folder import Run
from evaluate.store.scores import Measuring

AT_MAXIMUM = ("e", "f", f"{STRETCHED}e", f"{STRETCHED}f")


def compute_paper_scores(
    runs: Sequence[Run], dataset: Dataset, measuring: Measuring
) -> dict[str, PaperScores]:
    """Compute and store the paper metrics of runs, by row.

    Raises:
        ReportsError: a run is unfinished, or a mask is missing or damaged. The other runs' metrics
            are stored nevertheless.
    """
    predictions = [run.predictions() for run in runs]
    errors = dict[str, ReportsError]()
    for run, found in zip(runs, predictions, strict=True):
        if any(sample.id not in found for sample in dataset.samples):
            text = f"{run.folder}: not finished; run: {run.about()['command']}"
            errors[run.row] = ReportsError(text)
    chosen = [pair for pair in zip(runs, predictions, strict=True) if pair[0].row not in errors]

    def measured_photo(sample: Sample) -> list[PhotoMetrics | ReportsError]:
        rows = [OpenedPhoto(dataset, sample, run, found[sample.id]) for run, found in chosen]
        return photo_metrics(rows, measuring)

    every = in_parallel(measured_photo, dataset.samples if chosen else (), "paper metrics")
    stored = dict[str, PaperScores]()
    for place, (run, found) in enumerate(chosen):
        statuses = {sample.id: found[sample.id].status for sample in dataset.samples}
        row = [photo[place] for photo in every]
        damaged = next((one for one in row if isinstance(one, ReportsError)), None)
        if damaged is not None:
            errors[run.row] = damaged
            continue
        metrics = [one for one in row if isinstance(one, PhotoMetrics)]
        scores = _scores(dataset, measuring, statuses, metrics)
        write_paper_scores(run, scores)
        stored[run.row] = scores
    if errors:
        raise ReportsError("\n".join(map(str, errors.values())))
    return stored


def _scores(
    dataset: Dataset,
    measuring: Measuring,
    statuses: Mapping[str, str],
    metrics: Sequence[PhotoMetrics],
) -> PaperScores:
    """A run's metrics; ``metrics`` are of the photos of ``statuses``, in that order."""
    measured = [(id_, m) for id_, m in zip(statuses, metrics, strict=True) if m.values]
    curves = _averaged([m for _, m in measured])
    photos = tuple(
        PaperScore(id_, statuses[id_], {**m.values, **_at_maximum(m, curves)})
        for id_, m in measured
    )
    return PaperScores(
        dataset.content_hash, measuring.clearance_mm, measuring.threshold, curves, photos
    )


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
