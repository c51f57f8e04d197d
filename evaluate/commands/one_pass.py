"""What is made of each photo while scoring has its files open."""

from collections.abc import Callable

from datasets.dataset import Dataset
from evaluate.config.options import HTML
from evaluate.config.settings import Settings
from evaluate.report.html.photo_files import PHOTO_FILES, make, photo_key, run_name
from evaluate.score.photo_traits import measured_traits
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import Run


def visitor(settings: Settings, dataset: Dataset, run: Run) -> Callable[[OpenedPhoto], None]:
    """Measure a photo's traits, and make the files by which the page shows it."""
    place, name = settings.folder / PHOTO_FILES, run_name(run)

    def visit(opened: OpenedPhoto) -> None:
        measured_traits(opened)
        if settings[HTML]:
            make(place / photo_key(dataset, opened.sample), name, opened)

    return visit
