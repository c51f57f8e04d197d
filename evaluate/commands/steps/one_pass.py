"""What is made of each photo once its files are open: all of it in one pass."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import cv2

from datasets.dataset import Dataset, Sample
from datasets.parallel import MOST_THREADS
from evaluate.commands.steps.partial import PartialRow
from evaluate.config.options import HTML, PAGE_PHOTOS
from evaluate.config.settings import Settings
from evaluate.report.html.photo_files import PHOTO_FILES, folder_name, make, run_name
from evaluate.score.photo_score import photo_score
from evaluate.score.photo_traits import measured_traits
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import PredictionRecord, Run


def visitor(settings: Settings, dataset: Dataset, run: Run) -> Callable[[OpenedPhoto], None]:
    """Measure a photo's traits, and make the files by which the page shows it."""
    place, shows_photos = settings.folder / PHOTO_FILES, settings[HTML]
    if len(dataset.samples) > settings[PAGE_PHOTOS]:
        shows_photos = False  # which ones are shown is known once all are scored
    threshold = settings.measuring.threshold
    name = run_name(run, threshold) if shows_photos else ""

    def visit(opened: OpenedPhoto) -> None:
        measured_traits(opened)
        if shows_photos:
            make(place / folder_name(dataset, opened.sample), name, opened)

    return visit


class ScoresBeside:
    """Scores photos in the cores that the model leaves free, if any.

    The results are kept (``datasets.caching.cache``), so that scoring finds them. What is not
    done when predicting ends, and every error, is left to it.
    """

    def __init__(self, settings: Settings, dataset: Dataset) -> None:
        self._settings = settings
        self._dataset = dataset
        self._pool: ThreadPoolExecutor | None = None
        self._own_threads = cv2.getNumThreads()
        self._visit: Callable[[OpenedPhoto], None] | None = None
        self._partial: PartialRow | None = None
        if settings.is_shared_out:
            self._partial = PartialRow(settings.model.label, len(dataset.samples))

    def __enter__(self) -> "ScoresBeside":
        return self

    def __call__(self, run: Run, sample: Sample, record: PredictionRecord, cores: int) -> None:
        """Score a photo as soon as one of ``cores`` is free."""
        if cores == 0:
            return
        if self._pool is None:
            cv2.setNumThreads(1)  # else each thread of the pool would take every core
            self._pool = ThreadPoolExecutor(min(cores, MOST_THREADS))
            self._visit = visitor(self._settings, self._dataset, run)
        threshold = self._settings.measuring.threshold
        opened = OpenedPhoto(self._dataset, sample, run, record, threshold)
        self._pool.submit(self._score, opened)

    def _score(self, opened: OpenedPhoto) -> None:
        """Nobody asks for the result, so an error is not seen."""
        assert self._visit is not None  # noqa: S101 - narrows the type
        found = photo_score(opened, self._settings.measuring)
        if self._partial is not None and not found.no_truth:
            self._partial.add(found.iou, failed=not opened.predicted)
        self._visit(opened)

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            cv2.setNumThreads(self._own_threads)
