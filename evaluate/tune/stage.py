"""Tunes threshold, refine step and crop of one row, from the alphas that its runs have stored.

The threshold and refine steps are applied to stored alphas. A crop changes what the model sees, so
only crops whose rows are stored take part.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from datasets.dataset import Dataset, Sample
from datasets.parallel import in_parallel
from datasets.pictures import PictureError
from evaluate.compare.head_to_head import GROUP
from evaluate.compare.rows.fits import Fits, fits_of
from evaluate.compare.statistics import Values
from evaluate.errors import ReportsError
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import Run, all_runs
from evaluate.tune.cross_validation import CrossValidation, cross_validate
from evaluate.tune.stored_alphas import TRIED_THRESHOLDS, clearance_needed_px, photo_ious, refine_of

NO_STEP = "none"
WHOLE = "full"


@dataclass(frozen=True)
class TunedSetting:
    """One point of the search."""

    crop: str
    refine: str
    threshold: int

    def __str__(self) -> str:
        return f"threshold={self.threshold} refine={self.refine} crop={self.crop}"


@dataclass(frozen=True)
class Tuning:
    """The result: the present setting with its median IoU, the search and what it found.

    ``fits`` are those of the present setting and of the one chosen on all photos; None where no
    photo has a tool. ``objects`` is the number of objects that were split into folds, ``photos``
    that of photos.
    """

    label: str
    now: TunedSetting
    median: float
    settings: Sequence[TunedSetting]
    found: CrossValidation
    photos: int
    objects: int
    fits: tuple[Fits | None, Fits | None]


def tune(run: Run, dataset: Dataset, refine_steps: Mapping[str, Mapping[str, Any]]) -> Tuning:
    """Search the settings of a stored run.

    ``refine_steps`` are steps by name, which are tried where the run has none of its own.

    Raises:
        ReportsError: the run or its masks are not those of the dataset, or fewer than two objects
            have a usable truth.
    """
    crops = _crops(run, dataset)
    own = _steps(run).get("refine")
    steps = {own["choice"]: None} if own else {NO_STEP: None, **refine_steps}
    refines = {name: refine_of(step) for name, step in steps.items()}
    now = TunedSetting(_crop(run), next(iter(refines)), run.scored_threshold)
    thresholds = tuple(sorted({*TRIED_THRESHOLDS, now.threshold}))
    predicted = {crop: one.predictions() for crop, one in crops.items()}

    def measure(sample: Sample) -> list[Values] | None:
        values = []
        for crop, one in crops.items():
            opened = OpenedPhoto(dataset, sample, one, predicted[crop][sample.id])
            try:
                values += list(photo_ious(opened, refines, thresholds).values())
            except PictureError:  # scoring reports it
                return None
        return values

    name = f"{run.about()['label']}: tuning"
    measured = in_parallel(measure, dataset.ahead(dataset.samples, fetch=False), name)
    pairs = zip(dataset.samples, measured, strict=True)
    used = [(sample, values) for sample, values in pairs if values is not None]
    objects = _objects([sample for sample, _ in used])
    if len(set(objects.tolist())) < 2:
        raise ReportsError(f"{dataset.name}: tuning needs at least two photos with ground truth")
    ious = np.array([np.concatenate(values) for _, values in used]).T
    settings = [
        TunedSetting(crop, refine, threshold)
        for crop in crops
        for refine in refines
        for threshold in thresholds
    ]
    order = sorted(range(len(settings)), key=lambda at: _distance(settings[at], now))
    settings, ious = [settings[at] for at in order], ious[order]
    found = cross_validate(ious, settings.index(now), objects)

    def fits(setting: TunedSetting) -> Fits | None:
        one, refine = crops[setting.crop], refines[setting.refine]

        def needed(sample: Sample) -> float:  # opens each photo here, as all would fill the memory
            opened = OpenedPhoto(dataset, sample, one, predicted[setting.crop][sample.id])
            return clearance_needed_px(opened, refine, setting.threshold)

        return _fits(dataset, [sample for sample, _ in used], needed, f"{name}, fits")

    chosen, now_fits = settings[found.chosen], fits(now)
    return Tuning(
        label=run.about()["label"],
        now=now,
        median=float(np.median(ious[settings.index(now)])),
        settings=settings,
        found=found,
        photos=len(used),
        objects=int(objects.max()) + 1,
        fits=(now_fits, now_fits if chosen == now else fits(chosen)),
    )


def _fits(
    dataset: Dataset, samples: Sequence[Sample], needed_px: Callable[[Sample], float], name: str
) -> Fits | None:
    """The clearances that the tools of photos need, in mm where all scales are known."""
    scales = np.array([sample.mm_per_px or np.nan for sample in samples])
    needed = in_parallel(needed_px, dataset.ahead(samples, fetch=False), name)
    return fits_of(np.array(needed), None if np.isnan(scales).any() else scales)


def _distance(one: TunedSetting, now: TunedSetting) -> tuple[bool, bool, int]:
    """How much of the present setting changes: of equal medians, the least change is taken."""
    return one.crop != now.crop, one.refine != now.refine, abs(one.threshold - now.threshold)


def _objects(samples: Sequence[Sample]) -> Any:
    names = [sample.tags.get(GROUP, f"\0{sample.id}") for sample in samples]
    return np.unique(np.asarray(names, object), return_inverse=True)[1]


def _crops(run: Run, dataset: Dataset) -> dict[str, Run]:
    """The run, and the runs beside it that differ only in the crop, by the crop's name."""
    _expect_photos(run, dataset)
    found = {_crop(run): run}
    for other in all_runs(run.folder.parent):
        try:
            if _without_crop(other) == _without_crop(run) and _crop(other) not in found:
                _expect_photos(other, dataset)
                found[_crop(other)] = other
        except ReportsError:  # other commands report it; its row just takes no part
            continue
    return found


def _expect_photos(run: Run, dataset: Dataset) -> None:
    about, predicted = run.about(), run.predictions()
    if about["identity"]["photos"] != dataset.photos_hash or not all(
        sample.id in predicted for sample in dataset.samples
    ):
        raise ReportsError(
            f"{run.folder}: not a run of all photos that {dataset.name} holds now; "
            f"run: {about['command']}"
        )


def _steps(run: Run) -> dict[str, Any]:
    steps: dict[str, Any] = run.about()["identity"]["config"].get("steps", {})
    return steps


def _crop(run: Run) -> str:
    return str(_steps(run).get("crop", {}).get("choice", WHOLE))


def _without_crop(run: Run) -> tuple[Any, ...]:
    config = run.about()["identity"]["config"]
    steps = {group: step for group, step in _steps(run).items() if group != "crop"}
    return config["target"], config["options"], steps
