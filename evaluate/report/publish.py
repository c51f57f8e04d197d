"""What a comparison leaves in its dataset's folder, and says in the terminal."""

import gc
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from datasets.dataset import Dataset
from evaluate.compare.analysis import Analysis, analyse
from evaluate.compare.comparison import Comparison
from evaluate.display.text import aligned, say
from evaluate.errors import ReportsError
from evaluate.report import comparison_json, latex, markdown, model_card, tracking
from evaluate.report.findings import sections, where_next
from evaluate.report.photo_sheet import SECTION, SHEET, contact
from evaluate.store.atomic import write_atomic
from evaluate.store.run_folder import Run


def publish(
    comparison: Comparison,
    folder: Path,
    runs: Sequence[Run],
    dataset: Dataset | None,
    columns: str,
    log: str | None,
    more: str = "",
) -> None:
    """Write the reports of a comparison into ``folder`` and print its table.

    With a ``dataset``, whose photos must be those that were scored, the reports show photos too:
    ``runs`` are those of the comparison's rows, and hold their masks. ``columns`` is one of
    ``evaluate.report.columns.CHOICES``, ``log`` one of ``evaluate.report.tracking.WAYS`` or None,
    ``more`` holds further sections of comparison.md.
    """
    sheet = contact(comparison, dataset, runs) if dataset else None
    analysis = analyse(comparison)
    with _uncollected():
        plots = _write(comparison, analysis, folder, sheet, columns, log, more)
    (folder / "index.html").unlink(missing_ok=True)  # it shows an earlier comparison
    if dataset and comparison.rows:
        from evaluate.report.html.build import build

        try:
            page = build(comparison, analysis, plots, dataset, folder, runs)
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


def _write(
    comparison: Comparison,
    analysis: Analysis,
    folder: Path,
    sheet: bytes | None,
    columns: str,
    log: str | None,
    more: str,
) -> dict[str, str]:
    """The table, records and plots; without a contact sheet that of an earlier comparison goes.

    Returns what each plot shows, by its name.
    """
    from evaluate.report import plots  # matplotlib, which no other command waits for

    pictures = plots.pictures(comparison, analysis)
    texts = {one.name: one.text for one in pictures}
    files = _files(comparison, analysis, columns, texts, more)
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
    if outcome := markdown.sentence(comparison):
        print(outcome)
    for line in markdown.notes(comparison):
        say(line)
    if line := where_next(analysis):
        print(line)
    written = ", ".join(dict.fromkeys(name.partition("/")[0] for name in files))
    print(f"Written to {folder}: {written} and {len(pictures)} plots, as PNG and SVG", flush=True)
    kept = [folder / name for name in (*files, *drawn) if "/" not in name]
    tracking.log(log, comparison, kept)
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
    columns: str,
    pictures: Mapping[str, str],
    more: str,
) -> dict[str, bytes]:
    words = "\n\n".join(filter(None, (sections(comparison, analysis), more)))
    text = markdown.markdown(comparison, columns, words, pictures)
    return {
        "comparison.md": text.encode("utf-8", "backslashreplace"),
        "comparison.csv": markdown.to_csv(comparison, columns).encode("utf-8", "backslashreplace"),
        "comparison.json": comparison_json.to_json(comparison, analysis),
        "comparison.tex": latex.to_tex(comparison).encode(),
        **model_card.blocks(comparison),
    }
