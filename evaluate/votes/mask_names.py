"""Names of single masks, under which votes are stored: a name shows neither row nor photo.

The name is a hash of the mask itself. A mask that changes gets another name, so votes for the
earlier one are not counted for it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from datasets.caching import cache
from datasets.dataset import Dataset, Sample
from evaluate.store.masks.stored_masks import mask_place, place_hash
from evaluate.store.run_folder import OK, PredictionRecord, Run

MASK_NAME_LENGTH = 20


@dataclass(frozen=True)
class NamedMask:
    """Whose mask of which photo a name stands for; ``row`` is None for the ground truth."""

    row: str | None
    photo: str


def mask_name(prediction: PredictionRecord, run: Run, threshold: int) -> str:
    """The name of a run's mask, cut at ``threshold`` (1..255)."""
    content = prediction.mask_sha256 or place_hash(mask_place(run, prediction))
    return _short("mask", prediction.id, content, threshold)


def truth_name(dataset: Dataset, sample: Sample) -> str:
    """The name of a photo's ground truth: of its file, and of how it is read."""
    reading = dataset.masks.reading
    return _short(
        "truth", sample.id, dataset.digests_of(sample)[1], reading.polarity, reading.signature
    )


def masks_by_name(
    runs: Iterable[Run], dataset: Dataset | None, photos: Collection[str]
) -> Mapping[str, Sequence[NamedMask]]:
    """Every mask of these photos by its name; equal masks of several rows share one.

    Ground truth is missing without a ``dataset``.
    """
    found: dict[str, list[NamedMask]] = {}
    for run in runs:
        threshold = run.scored_threshold
        for prediction in run.predictions().values():
            if prediction.status == OK and prediction.id in photos:
                named = NamedMask(run.row, prediction.id)
                found.setdefault(mask_name(prediction, run, threshold), []).append(named)
    if dataset is not None:
        for sample in dataset.samples:
            if sample.id in photos:
                found[truth_name(dataset, sample)] = [NamedMask(None, sample.id)]
    return found


def _short(*parts: object) -> str:
    return cache.key_of(*parts)[:MASK_NAME_LENGTH]
