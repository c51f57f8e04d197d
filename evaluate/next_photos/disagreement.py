"""How much the stored rows disagree about each photo, and each row with the others.

A photo's disagreement is 1 − the mean IoU over all pairs of rows of their masks, at working scale.
A row without a mask of the photo counts as an empty mask. Where models disagree, at most one of
them is right, so that the photo's ground truth tells the models apart; where they agree, they may
be right or wrong alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from datasets.arrays import Mask, to_mask
from datasets.dataset import Dataset, Sample
from datasets.parallel import in_parallel
from evaluate.compare.statistics import Values
from evaluate.errors import ReportsError
from evaluate.metrics.iou import pack, packed_iou
from evaluate.metrics.working_scale import shrunk_mask
from evaluate.store.masks.stored_masks import stored_alpha
from evaluate.store.run_folder import OK, Run


@dataclass(frozen=True)
class Disagreement:
    """``photos`` (float64) has the disagreement of each of ``ids``.

    ``rows`` (float64) has the mean IoU of each of ``labels`` with the other rows' masks.
    """

    ids: Sequence[str]
    photos: Values
    labels: Sequence[str]
    rows: Values


def disagreement(runs: Sequence[Run], dataset: Dataset) -> Disagreement:
    """Compare the masks of every pair of at least two runs on every photo.

    Raises:
        ReportsError: a mask is missing or damaged.
    """
    predicted = [run.predictions() for run in runs]
    cuts = [run.scored_threshold for run in runs]

    def ious(sample: Sample) -> Values:
        masks: list[Mask | None] = []
        for run, cut, records in zip(runs, cuts, predicted, strict=True):
            record = records[sample.id]
            found = record.status == OK
            masks.append(shrunk_mask(to_mask(stored_alpha(run, record), cut)) if found else None)
        return pairwise_ious(masks)

    found = np.array(in_parallel(ious, dataset.samples, f"{dataset.name}: comparing masks"))
    count = len(runs)
    pairs = np.triu_indices(count, 1)
    return Disagreement(
        ids=[sample.id for sample in dataset.samples],
        photos=1 - found[:, *pairs].mean(axis=1),
        labels=[str(run.about()["label"]) for run in runs],
        rows=(found.mean(axis=0).sum(axis=1) - 1) / (count - 1),
    )


def pairwise_ious(masks: Sequence[Mask | None]) -> Values:
    """The IoU of every two masks (bool H×W) of a photo, float64 N×N; None is an empty mask.

    Raises:
        ReportsError: they are of different sizes.
    """
    shapes = {mask.shape for mask in masks if mask is not None}
    if len(shapes) > 1:
        raise ReportsError("stored masks of one photo differ in size; run their models again")
    empty = np.zeros(next(iter(shapes), (1, 1)), np.bool_)
    packed = [pack(empty if mask is None else mask) for mask in masks]
    found = np.eye(len(masks))
    for i, j in combinations(range(len(masks)), 2):
        found[i, j] = found[j, i] = packed_iou(packed[i], packed[j])
    return found


def runs_of_all_photos(runs: Sequence[Run], dataset: Dataset) -> tuple[list[Run], list[str]]:
    """The runs that predicted the dataset's photos, and why others take no part."""
    found, left_out = [], []
    for run in runs:
        about, predicted = run.about(), run.predictions()
        missing = sum(sample.id not in predicted for sample in dataset.samples)
        if about["identity"]["photos"] != dataset.photos_hash:
            left_out.append(f"{run.row}: of other photos; run: {about['command']}")
        elif missing:
            left_out.append(f"{run.row}: {missing} photos to predict; run: {about['command']}")
        else:
            found.append(run)
    return found, left_out
