"""What a comparison leaves in its dataset's folder, and says in the terminal."""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from evaluate import latex, model_index, records, report, tracking
from evaluate.analysis import Analysis, analyse
from evaluate.compare import Comparison
from evaluate.contact import SECTION, SHEET
from evaluate.files import write_atomic
from evaluate.sections import sections, where_next

WIDE = 1000  # characters in a line of a file or pipe


def publish(
    comparison: Comparison,
    folder: Path,
    margin_iou: float,
    columns: str,
    tracker: str | None,
    sheet: bytes | None,
    more: str = "",
) -> None:
    """Write the page, tables, records and plots; print the table and what it needs.

    ``sheet`` is the contact sheet; without one, that of an earlier comparison goes. ``more`` are
    further sections of comparison.md.
    """
    from evaluate import plots  # matplotlib, which no other command waits for

    analysis = analyse(comparison, margin_iou)
    pictures = plots.pictures(comparison, analysis, margin_iou)
    texts = {one.name: one.text for one in pictures}
    files = _files(comparison, analysis, margin_iou, columns, texts, more)
    if sheet:
        files[SHEET] = sheet
        files["comparison.md"] += f"\n{SECTION}".encode()
    drawn = plots.files(pictures)
    for name, data in {**files, **drawn}.items():
        write_atomic(folder / name, data)
    blocks = {
        f"{model_index.FOLDER}/{path.name}" for path in (folder / model_index.FOLDER).glob("*")
    }
    for stale in (blocks | {*plots.FILES, SHEET}) - files.keys() - drawn.keys():
        (folder / stale).unlink(missing_ok=True)  # of a comparison that had more to show
    print("\n" + _shown(comparison, columns))
    print(report.signature(comparison))
    if comparison.best:
        print(report.sentence(comparison.best))
    for line in report.notes(comparison):
        print(report.printable(line), file=sys.stderr)
    if line := where_next(analysis):
        print(line)
    written = ", ".join(dict.fromkeys(name.partition("/")[0] for name in files))
    print(f"Written to {folder}: {written} and {len(pictures)} plots, as PNG and SVG", flush=True)
    kept = [folder / name for name in (*files, *drawn) if "/" not in name]
    tracking.log(tracker, comparison, analysis, kept)


def _shown(comparison: Comparison, columns: str) -> str:
    """The table for the terminal: the issue's columns where the chosen ones would be broken."""
    text = report.aligned(report.table(comparison, columns))
    room = shutil.get_terminal_size((WIDE, 0)).columns  # no terminal has any room
    if max(map(len, text.splitlines())) > room:
        text = report.aligned(report.table(comparison, "issue"))
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
    text = report.markdown(comparison, margin_iou, columns, words, pictures)
    return {
        "comparison.md": text.encode("utf-8", "backslashreplace"),
        "comparison.csv": report.to_csv(comparison, columns).encode("utf-8", "backslashreplace"),
        "comparison.json": records.to_json(comparison, analysis, margin_iou),
        "comparison.tex": latex.to_tex(comparison, analysis).encode(),
        **model_index.blocks(comparison, analysis),
    }
