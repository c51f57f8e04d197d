"""Write the reports of a comparison into its dataset's folder, and print its table."""

import shutil
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from datasets.caching import cache
from datasets.dataset import Dataset
from evaluate.compare.analysis import Analysis, analyse
from evaluate.compare.comparison import Comparison
from evaluate.compare.garbage import without_garbage_collection
from evaluate.display.text import align_table, printable, say
from evaluate.errors import ReportsError
from evaluate.report import comparison_csv, comparison_json, latex, markdown, model_card, tracking
from evaluate.report.decision.first_lines import first_lines
from evaluate.report.draw_once import draw_once
from evaluate.report.findings import sections, where_next
from evaluate.report.picture_names import PHOTO_SHEET, PLOT_FILES, SECTION, VOTE_PAGE
from evaluate.store.atomic import write_atomic
from evaluate.store.masks.stored_masks import mask_files
from evaluate.store.photo_table.columns import CSV, PARQUET
from evaluate.store.photo_table.parquet_file import INSTALL
from evaluate.store.run_folder import Run
from evaluate.votes.report import votes_section
from evaluate.votes.results import VoteResults


def publish_comparison(
    comparison: Comparison,
    folder: Path,
    runs: Sequence[Run],
    dataset: Dataset | None,
    columns: str,
    log: str | None,
    more: str = "",
    plots: bool = True,
    paper_plots: Mapping[str, str] | None = None,
    tables: Sequence[str] = (),
    photos_in: Path | None = None,
    page_photos: int = 2000,
    votes: VoteResults | None = None,
    told: Collection[str] = (),
    ran: Collection[str] | None = None,
) -> None:
    """Write the reports of a comparison into ``folder`` and print its table.

    With a ``dataset``, whose photos must be the scored ones, the reports show photos too: ``runs``
    belong to the comparison's rows, and hold their masks. ``columns`` is one of
    ``evaluate.report.columns.CHOICES``, ``log`` one of ``evaluate.report.tracking.WAYS`` or None.
    ``more`` is appended to the sections of comparison.md. ``plots``: whether to draw any.
    ``paper_plots`` describes those of the paper metrics, which stand in ``folder``, by their names.
    ``tables`` are files of every photo that stand there too. ``photos_in``: the photo table that
    has every photo, so that comparison.json need not. ``page_photos``: most photos on the page.
    ``votes`` are the blind votes on these rows; without them there is no page to vote on.
    ``told`` are notes that were printed before. ``ran`` are the rows that the command ran: notes on
    others are not printed; None prints all.
    """
    with without_garbage_collection():
        analysis = analyse(comparison)
        record = comparison_json.to_json(analysis, photos_in, votes)
        shown = _sheet(comparison, dataset, runs, folder, record) if dataset else []
        texts, drawn = _plots(analysis, folder, record, votes) if plots else ({}, [])
        more = "\n\n".join(filter(None, (votes_section(votes) if votes else "", more)))
        files = _files(analysis, columns, texts, more, shown) | {"comparison.json": record}
        _write(folder, files, [*drawn, *shown])
    _show(analysis, folder, columns, [*files, *shown, *tables], len(texts), told, ran)
    logged = [folder / name for name in (*files, *shown, *drawn) if "/" not in name]
    tracking.track(log, comparison, logged)
    for earlier in ("index.html", VOTE_PAGE):  # they show an earlier comparison
        (folder / earlier).unlink(missing_ok=True)
    if dataset and comparison.rows:
        from evaluate.report.html.build import build

        try:
            page = build(
                analysis,
                {**texts, **(paper_plots or {})},
                dataset,
                folder,
                runs,
                page_photos,
                votes,
            )
            print(f"Every photo: {page}", flush=True)
        except ReportsError as error:
            say(f"No page with photos: {error}")


def _write(folder: Path, files: Mapping[str, bytes], drawn: Sequence[str]) -> None:
    """Write tables and records, and remove files of an earlier comparison.

    All of them can be made again from the stored scores.
    """
    for name, data in files.items():
        write_atomic(folder / name, data, disposable=True)
    cards = {f"{model_card.FOLDER}/{path.name}" for path in (folder / model_card.FOLDER).glob("*")}
    for stale in (cards | {*PLOT_FILES, PHOTO_SHEET}) - files.keys() - {*drawn}:
        (folder / stale).unlink(missing_ok=True)


def _show(
    analysis: Analysis,
    folder: Path,
    columns: str,
    names: Sequence[str],
    plots: int,
    told: Collection[str],
    ran: Collection[str] | None,
) -> None:
    """Print the notes, then the table, what was found, and what was written."""
    comparison = analysis.comparison
    page = folder / "comparison.md"
    notes = markdown.notes(comparison)
    for line in notes if ran is None else markdown.notes_on_run(comparison, ran, page):
        if line not in told:
            say(line)
    print()
    for line in first_lines(analysis):
        print(printable(line))
    print("\n" + _terminal_table(comparison, columns))
    print(markdown.signature(comparison))
    if comparison.apart:
        print(f"\n{markdown.apart_note(comparison)}")
        print(align_table(markdown.apart_table(comparison, columns)))
    if line := where_next(analysis):
        print(line)
    written = ", ".join(dict.fromkeys(name.partition("/")[0] for name in names))
    if plots:
        written += f" and {plots} plots, as PNG and SVG"
    if CSV in names and PARQUET not in names:
        written += f" ({PARQUET} too, after: {INSTALL})"
    print(f"Written to {folder}: {written}", flush=True)


def _plots(
    analysis: Analysis, folder: Path, record: bytes, votes: VoteResults | None
) -> tuple[dict[str, str], list[str]]:
    """What each plot shows, by its name, and the names of its files."""

    def draw() -> tuple[dict[str, str], dict[str, bytes]]:
        from evaluate.report import plots  # imports matplotlib, which is slow

        chosen = plots.choose_plots(analysis, votes)
        return {plot.name: plot.text for plot in chosen}, plots.plot_files(chosen)

    return draw_once("plots", lambda: _key(record), folder, draw)


def _sheet(
    comparison: Comparison, dataset: Dataset, runs: Sequence[Run], folder: Path, record: bytes
) -> list[str]:
    """The contact sheet's name; none if no row has quality."""

    def draw() -> tuple[None, dict[str, bytes]]:
        from evaluate.report.html.photo_files import PHOTO_FILES
        from evaluate.report.photo_sheet import photo_sheet  # imports OpenCV, which is slow

        sheet = photo_sheet(comparison, dataset, runs, folder / PHOTO_FILES)
        return None, {PHOTO_SHEET: sheet} if sheet else {}

    def key() -> str:
        return _key(record, [path for run in runs for path in mask_files(run, comparison.known)])

    return draw_once("sheet", key, folder, draw)[1]


def _key(record: bytes, files: Sequence[Path] = ()) -> str:
    """Of all that pictures depend on but the time of scoring, which they do not show."""
    lines = [line for line in record.splitlines() if not line.startswith(b'"scored"')]
    times = [path.stat().st_mtime_ns if path.is_file() else 0 for path in files]
    return cache.key_of(lines, times, cache.code_key("datasets", "evaluate"))


def _terminal_table(comparison: Comparison, columns: str) -> str:
    """The table for the terminal; with the issue's columns if the chosen ones are too wide."""
    text = align_table(markdown.comparison_table(comparison, columns))
    width = max(map(len, text.splitlines()))
    if sys.stdout.isatty() and width > shutil.get_terminal_size().columns:
        text = align_table(markdown.comparison_table(comparison, "issue"))
    return text


def _files(
    analysis: Analysis, columns: str, plots: Mapping[str, str], more: str, shown: Sequence[str]
) -> dict[str, bytes]:
    comparison = analysis.comparison
    findings = "\n\n".join(filter(None, (sections(analysis), more)))
    page = markdown.comparison_page(comparison, columns, findings, plots, first_lines(analysis))
    page += f"\n{SECTION}" if shown else ""
    return {
        "comparison.md": page.encode("utf-8", "backslashreplace"),
        "comparison.csv": comparison_csv.to_csv(comparison, columns).encode(
            "utf-8", "backslashreplace"
        ),
        "comparison.tex": latex.to_tex(comparison).encode(),
        **model_card.card_blocks(comparison),
    }
