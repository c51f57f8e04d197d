"""comparison.csv: the table as it is printed, and behind it the same values as plain numbers."""

import csv
import io
from collections.abc import Callable, Mapping

from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.row import NOWHERE, Row
from evaluate.report.markdown import comparison_table
from evaluate.store.formats.formula_cells import text_cell

CsvCell = str | float | None


def _quality(number: Callable[[Row], float]) -> Callable[[Row], CsvCell]:
    return lambda row: number(row) if row.has_quality else None


def _end(name: str) -> Callable[[Row], CsvCell]:
    def cell(row: Row) -> CsvCell:
        return getattr(row.interval, name) if row.has_quality and row.interval else None

    return cell


def _seconds(name: str) -> Callable[[Row], CsvCell]:
    return lambda row: getattr(row.times, name) if row.times else None


NUMBERS: Mapping[str, Callable[[Row], CsvCell]] = {
    "row": lambda row: row.row,
    "photos": lambda row: len(row.ious),
    "failed_photos": lambda row: row.failed,
    "above_0.9_share": _quality(lambda row: row.above(0.9) / len(row.ious)),
    "above_0.7_share": _quality(lambda row: row.above(0.7) / len(row.ious)),
    "median_iou": _quality(lambda row: row.median),
    "median_iou_low": _end("low"),
    "median_iou_high": _end("high"),
    "mean_iou": _quality(lambda row: row.mean),
    "p10_iou": _quality(lambda row: row.p10),
    "worst_iou": _quality(lambda row: row.worst),
    "p50_s": _seconds("median"),
    "p90_s": _seconds("p90"),
    "p99_s": _seconds("p99"),
    "load_s": lambda row: row.load_s,
    "first_call_s": lambda row: row.first_call_s,
    "peak_rss_bytes": lambda row: row.peak_rss_bytes,
    "device": lambda row: None if row.device == NOWHERE else row.device,
    "threads": lambda row: row.threads or None,
}
"""The columns of numbers, whatever columns are printed; empty where a row has no value."""


def to_csv(comparison: Comparison, columns: str) -> str:
    """The text of comparison.csv; ``columns`` are those that are printed, as in comparison.md."""
    header, *table = comparison_table(comparison, columns)
    numbers = [[_text(cell(row)) for cell in NUMBERS.values()] for row in comparison.rows]
    numbers += [[one.row, *[""] * (len(NUMBERS) - 1)] for one in comparison.without_run]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*map(text_cell, header), *NUMBERS])
    for printed, plain in zip(table, numbers, strict=True):
        writer.writerow(map(text_cell, (*printed, *plain)))
    return text.getvalue()


def _text(cell: CsvCell) -> str:
    return "" if cell is None else str(cell)
