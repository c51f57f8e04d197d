"""Write the reports of a comparison into its dataset's folder, and print its table."""

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from datasets.dataset import Dataset
from evaluate.compare.analysis import Analysis, analyse
from evaluate.compare.comparison import Comparison
from evaluate.compare.garbage import without_garbage_collection
from evaluate.display.text import align_table, say
from evaluate.errors import ReportsError
from evaluate.report import comparison_json, latex, markdown, model_card, tracking
from evaluate.report.drawn_files import PHOTO_SHEET, PLOT_FILES
from evaluate.report.findings import sections, where_next
from evaluate.store.atomic import write_atomic
from evaluate.store.run_folder import Run


def publish_comparison(
    comparison: Comparison,
    folder: Path,
    runs: Sequence[Run],
    dataset: Dataset | None,
    columns: str,
    log: str | None,
    more: str = "",
    plots: bool = True,
) -> None:
    """Write the reports of a comparison into ``folder`` and print its table.

    With a ``dataset``, whose photos must be the scored ones, the reports show photos too: ``runs``
    belong to the comparison's rows, and hold their masks. ``columns`` is one of
    ``evaluate.report.columns.CHOICES``, ``log`` one of ``evaluate.report.tracking.WAYS`` or None.
    ``more`` is appended to the sections of comparison.md. ``plots``: whether to draw any.
    """
    sheet = _sheet(comparison, dataset, runs, folder) if dataset else None
    with without_garbage_collection():
        analysis = analyse(comparison)
        texts = _write(analysis, folder, sheet, columns, log, more, plots)
    (folder / "index.html").unlink(missing_ok=True)  # it shows an earlier comparison
    if dataset and comparison.rows:
        from evaluate.report.html.build import build

        try:
            page = build(analysis, texts, dataset, folder, runs)
            print(f"Every photo: {page}", flush=True)
        except ReportsError as error:
            say(f"No page with photos: {error}")


def _write(
    analysis: Analysis,
    folder: Path,
    sheet: bytes | None,
    columns: str,
    log: str | None,
    more: str,
    plots: bool,
) -> dict[str, str]:
    """Write tables, records and plots, and remove those of an earlier comparison.

    Returns what each plot shows, by its name.
    """
    comparison = analysis.comparison
    texts, drawn = _plots(analysis) if plots else ({}, {})
    files = _files(analysis, columns, texts, more)
    if sheet:
        from evaluate.report.photo_sheet import SECTION

        files[PHOTO_SHEET] = sheet
        files["comparison.md"] += f"\n{SECTION}".encode()
    for name, data in {**files, **drawn}.items():
        write_atomic(folder / name, data)
    cards = {f"{model_card.FOLDER}/{path.name}" for path in (folder / model_card.FOLDER).glob("*")}
    for stale in (cards | {*PLOT_FILES, PHOTO_SHEET}) - files.keys() - drawn.keys():
        (folder / stale).unlink(missing_ok=True)
    print("\n" + _terminal_table(comparison, columns))
    print(markdown.signature(comparison))
    if outcome := markdown.sentence(comparison):
        print(outcome)
    for line in markdown.notes(comparison):
        say(line)
    if line := where_next(analysis):
        print(line)
    written = ", ".join(dict.fromkeys(name.partition("/")[0] for name in files))
    if texts:
        written += f" and {len(texts)} plots, as PNG and SVG"
    print(f"Written to {folder}: {written}", flush=True)
    logged = [folder / name for name in (*files, *drawn) if "/" not in name]
    tracking.track(log, comparison, logged)
    return texts


def _plots(analysis: Analysis) -> tuple[dict[str, str], dict[str, bytes]]:
    """What each plot shows, by its name, and its files."""
    from evaluate.report import plots  # imports matplotlib, which is slow

    chosen = plots.choose_plots(analysis)
    return {plot.name: plot.text for plot in chosen}, plots.plot_files(chosen)


def _sheet(
    comparison: Comparison, dataset: Dataset, runs: Sequence[Run], folder: Path
) -> bytes | None:
    from evaluate.report.html.photo_files import PHOTO_FILES
    from evaluate.report.photo_sheet import photo_sheet  # imports OpenCV, which is slow

    return photo_sheet(comparison, dataset, runs, folder / PHOTO_FILES)


def _terminal_table(comparison: Comparison, columns: str) -> str:
    """The table for the terminal; with the issue's columns if the chosen ones are too wide."""
    text = align_table(markdown.comparison_table(comparison, columns))
    width = max(map(len, text.splitlines()))
    if sys.stdout.isatty() and width > shutil.get_terminal_size().columns:
        text = align_table(markdown.comparison_table(comparison, "issue"))
    return text


def _files(
    analysis: Analysis, columns: str, plots: Mapping[str, str], more: str
) -> dict[str, bytes]:
    comparison = analysis.comparison
    findings = "\n\n".join(filter(None, (sections(analysis), more)))
    page = markdown.comparison_page(comparison, columns, findings, plots)
    return {
        "comparison.md": page.encode("utf-8", "backslashreplace"),
        "comparison.csv": markdown.to_csv(comparison, columns).encode("utf-8", "backslashreplace"),
        "comparison.json": comparison_json.to_json(analysis),
        "comparison.tex": latex.to_tex(comparison).encode(),
        **model_card.card_blocks(comparison),
    }
