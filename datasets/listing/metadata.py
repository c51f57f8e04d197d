"""Reads ``metadata.csv`` and ``metadata.jsonl``, tables about photos, as texts."""

from pathlib import Path

from datasets.errors import DatasetError
from datasets.listing.tables import TableRow, parse_number, read_csv, read_jsonl


def read_table(path: Path) -> tuple[list[str], list[TableRow]]:
    """The columns and rows of ``metadata.csv``, or of a ``.jsonl``.

    Raises:
        DatasetError: the file cannot be read; the text says in which line and why.
    """
    lines = path.suffix == ".jsonl"
    try:
        return read_jsonl(path) if lines else read_csv(path)
    except (OSError, ValueError) as error:
        form = "JSON, one object a line" if lines else "CSV"
        raise DatasetError(f"{path}: cannot be read as {form}: {error}") from error


def scale(path: Path, row: TableRow, photo: str, warnings: list[str]) -> float | None:
    """Take the photo's ``mm_per_px`` out of ``row``; None where it is missing or invalid.

    The latter is a warning.
    """
    text = row.cells.pop("mm_per_px", None)
    if not text:
        return None
    try:
        value = parse_number(text)
        if value <= 0:
            raise ValueError(f"'{text}' is not above 0")
    except ValueError as error:
        warnings.append(f"{path}, line {row.line}: mm_per_px of '{photo}': {error}")
        return None
    return value
