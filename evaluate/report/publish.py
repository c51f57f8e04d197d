"""What a comparison leaves in its dataset's folder, and says in the terminal."""

import gc
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from datasets.dataset import Dataset, DatasetError
from evaluate.compare.analysis import Analysis, analyse
from evaluate.compare.comparison import Comparison
from evaluate.config.settings import Settings
from evaluate.display.text import aligned, say
from evaluate.errors import ReportsError, SettingsError
from evaluate.report import comparison_json, latex, markdown, model_card, tracking
from evaluate.report.findings import sections, where_next
from evaluate.report.photo_sheet import SECTION, SHEET, contact
from evaluate.store.atomic import write_atomic
from evaluate.store.run_folder import Run


def publish(
    settings: Settings,
    comparison: Comparison,
    folder: Path,
    runs: Sequence[Run],
    more: str = "",
) -> None:
    """Write it all and say what is in it; ``more`` are further sections of comparison.md.

    There are pictures of the photos where these are as they were scored, and each row has one of
    the ``runs``, from which its masks come.
    """
    dataset = _as_scored(settings, comparison) if settings.html else None
    if dataset and len(runs) < len(comparison.rows):
        say("No pictures: of a baseline only the scores are read")
        dataset = None
    sheet = contact(comparison, dataset, runs) if dataset else None
    analysis = analyse(comparison, settings.margin_iou)
    with _uncollected():
        plots = _write(settings, comparison, analysis, folder, sheet, more)
    (folder / "index.html").unlink(missing_ok=True)  # it shows an earlier comparison
    if dataset and comparison.rows:
        from evaluate.report.html.build import build

        try:
            margin_iou = settings.margin_iou
            page = build(comparison, analysis, plots, margin_iou, dataset, folder, runs)
            print(f"Every photo: {page}", flush=True)
        except ReportsError as error:
            say(f"No page of the photos: {error}")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no garbage: all that plots are made of lives to their end, and there is much."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _as_scored(settings: Settings, comparison: Comparison) -> Dataset | None:
    """The photos and truth to make pictures of; the table needs neither."""
    try:
        dataset = settings.dataset()
        if dataset.content_hash == comparison.scoring.dataset_hash:
            return dataset
        say(f"No pictures: {dataset.name} has changed since it was scored; run: make score")
    except (DatasetError, SettingsError, OSError) as error:
        say(f"No pictures: {error}")
    return None


def _write(
    settings: Settings,
    comparison: Comparison,
    analysis: Analysis,
    folder: Path,
    sheet: bytes | None,
    more: str,
) -> dict[str, str]:
    """The table, records and plots; without a contact sheet that of an earlier comparison goes.

    Returns what each plot shows, by its name.
    """
    from evaluate.report import plots  # matplotlib, which no other command waits for

    margin_iou, columns = settings.margin_iou, settings.columns
    pictures = plots.pictures(comparison, analysis, margin_iou)
    texts = {one.name: one.text for one in pictures}
    files = _files(comparison, analysis, margin_iou, columns, texts, more)
    if sheet:
        files[SHEET] = sheet
        files["comparison.md"] += f"\n{SECTION}".encode()
    drawn = plots.files(pictures)
    for name, data in {**files, **drawn}.items():
        write_atomic(folder / name, data)
    blocks = {f"{model_card.FOLDER}/{path.name}" for path in (folder / model_card.FOLDER).glob("*")}
    for stale in (blocks | {*plots.FILES, SHEET}) - files.keys() - drawn.keys():
        (folder / stale).unlink(missing_ok=True)  # of a comparison that had more to show
    print("\n" + _shown(comparison, columns))
    print(markdown.signature(comparison))
    if comparison.best:
        print(markdown.sentence(comparison.best))
    for line in markdown.notes(comparison):
        say(line)
    if line := where_next(analysis):
        print(line)
    written = ", ".join(dict.fromkeys(name.partition("/")[0] for name in files))
    print(f"Written to {folder}: {written} and {len(pictures)} plots, as PNG and SVG", flush=True)
    kept = [folder / name for name in (*files, *drawn) if "/" not in name]
    tracking.log(settings.config.log, comparison, analysis, kept)
    return texts


def _shown(comparison: Comparison, columns: str) -> str:
    """The table for the terminal: the issue's columns where the chosen ones would be broken."""
    text = aligned(markdown.table(comparison, columns))
    wide = max(map(len, text.splitlines()))
    if sys.stdout.isatty() and wide > shutil.get_terminal_size().columns:
        text = aligned(markdown.table(comparison, "issue"))
    return text


def _files(
    comparison: Comparison,
    analysis: Analysis,
    margin_iou: float,
    columns: str,
    pictures: Mapping[str, str],
    more: str,
) -> dict[str, bytes]:
    words = "\n\n".join(filter(None, (sections(comparison, analysis, margin_iou), more)))
    text = markdown.markdown(comparison, margin_iou, columns, words, pictures)
    return {
        "comparison.md": text.encode("utf-8", "backslashreplace"),
        "comparison.csv": markdown.to_csv(comparison, columns).encode("utf-8", "backslashreplace"),
        "comparison.json": comparison_json.to_json(comparison, analysis, margin_iou),
        "comparison.tex": latex.to_tex(comparison, analysis).encode(),
        **model_card.blocks(comparison, analysis),
    }
