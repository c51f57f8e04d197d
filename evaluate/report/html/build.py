"""Build the HTML report: make missing photo files, write ``index.html``, remove stale files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datasets.dataset import Dataset, Sample
from datasets.parallel import in_parallel
from evaluate.compare.analysis import Analysis
from evaluate.report.columns import FULL, Column
from evaluate.report.decision.terms import terms
from evaluate.report.html import photo_files
from evaluate.report.html.one_file import one_file_page
from evaluate.report.html.page_data import histogram, page_data, reversals_by_slice
from evaluate.report.html.pair_matrix import pair_matrix
from evaluate.report.html.plot_sizes import PlotImage, plot_images
from evaluate.report.html.shown_photos import shown_photos
from evaluate.report.html.vote_page import write_vote_page
from evaluate.report.html.vote_section import vote_section
from evaluate.report.markdown import apart_note
from evaluate.report.outline_table import outline_table
from evaluate.store.atomic import write_atomic
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.run_folder import Run
from evaluate.votes.results import VoteResults

ASSETS = Path(__file__).parent / "assets"
PAGE = "index.html"
FIRST_COLUMNS = ("median", "speed")


def build(
    analysis: Analysis,
    texts: Mapping[str, str],
    dataset: Dataset,
    folder: Path,
    runs: Sequence[Run],
    most_photos: int,
    votes: VoteResults | None = None,
) -> Path:
    """Write ``folder/index.html`` and the photo files it shows; returns its path.

    ``texts`` describes each plot in the folder, by its name. ``dataset`` is the scored one and
    ``runs`` belong to the comparison's rows. Of more than ``most_photos``, some are shown.
    With ``votes``, ``folder/vote.html`` is written too.

    Raises:
        ReportsError: a mask is missing or damaged.
    """
    shown = shown_photos(analysis.comparison, most_photos)
    samples = [sample for sample in dataset.samples if sample.id in shown.ids]
    keys = _make_photo_files(folder / photo_files.PHOTO_FILES, dataset, samples, runs)
    data = page_data(analysis, runs, samples, keys, shown.text)
    can_vote = votes is not None and write_vote_page(
        analysis, votes, dataset, folder, runs, samples, keys
    )
    page = render(data, analysis, plot_images(folder, texts), votes if can_vote else None)
    write_atomic(folder / PAGE, page.encode())
    return folder / PAGE


def _make_photo_files(
    place: Path, dataset: Dataset, samples: list[Sample], runs: Sequence[Run]
) -> dict[str, str]:
    """Make missing photo files and remove stale ones; returns each photo's folder by its id."""
    keys = {s.id: photo_files.folder_name(dataset, s) for s in samples}
    cuts = [run.scored_threshold for run in runs]
    names = [photo_files.run_name(run, cut) for run, cut in zip(runs, cuts, strict=True)]
    predicted = [run.predictions() for run in runs]

    def make(sample: Sample) -> None:
        folder = place / keys[sample.id]
        for name, run, cut, records in zip(names, runs, cuts, predicted, strict=True):
            opened = OpenedPhoto(dataset, sample, run, records.get(sample.id), cut)
            photo_files.make(folder, name, opened)

    in_parallel(make, samples, "report")
    photo_files.tidy(place, set(keys.values()), set(names))
    return {id_: key for id_, key in keys.items() if (place / key).is_dir()}


def render(
    data: dict[str, Any],
    analysis: Analysis,
    plots: Sequence[PlotImage],
    votes: VoteResults | None = None,
) -> str:
    """The page as HTML."""
    comparison = analysis.comparison
    places = {row.label: place for place, row in enumerate(comparison.rows)}
    return one_file_page(
        ASSETS,
        "page.html.j2",
        data,
        rows=comparison.rows,
        without_run=comparison.without_run,
        apart=comparison.apart,
        apart_note=apart_note(comparison),
        places=places,
        analysis=analysis,
        columns=_page_columns(),
        histogram=histogram,
        pairs=pair_matrix(analysis, places),
        losses=reversals_by_slice(analysis),
        outlines=outline_table(comparison),
        plots=plots,
        vote=votes and vote_section(votes),
        terms=terms(comparison.margin_iou, len(analysis.pairs)),
    )


def _page_columns() -> list[Column]:
    """The table's columns; quality and speed first, so that a phone shows them."""
    first = [column for column in FULL if column.key in FIRST_COLUMNS]
    return [*first, *(column for column in FULL if column.key not in FIRST_COLUMNS)]
