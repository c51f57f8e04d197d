"""Reads ``metadata.csv`` and ``metadata.jsonl``, tables about photos, as texts."""

import csv
import json
from pathlib import Path

from datasets.errors import DatasetError


def read_table(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns, and each row's texts by column; empty cells, lists and objects are left out.

    Raises:
        DatasetError: the file is not UTF-8 CSV, or for ``.jsonl`` not one JSON object a line.
    """
    rows: list[dict[str, object]]
    try:
        if path.suffix == ".jsonl":
            with path.open(encoding="utf-8-sig") as file:
                rows = [dict(json.loads(line)) for line in file if line.strip()]
            columns = list(dict.fromkeys(column for row in rows for column in row))
        else:
            with path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.DictReader(file, restkey="")
                rows = list(reader)
                columns = list(reader.fieldnames or ())
    except (ValueError, TypeError, RecursionError, csv.Error) as error:
        form = "JSON, one object a line" if path.suffix == ".jsonl" else "CSV"
        raise DatasetError(f"{path}: cannot be read ({error}); save it as UTF-8 {form}") from error
    return columns, [_texts(row) for row in rows]


def _texts(row: dict[str, object]) -> dict[str, str]:
    scalars = {k: v for k, v in row.items() if k and isinstance(v, str | int | float)}
    return {k: v if isinstance(v, str) else json.dumps(v) for k, v in scalars.items() if v != ""}


def scale(path: Path, photo: str, text: str | None, problems: list[str]) -> float | None:
    """A photo's ``mm_per_px``; None if it is missing or, which is a problem, invalid."""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        problems.append(
            f"{path}: mm_per_px '{text}' of '{photo}' is not a positive number; correct it"
        )
        return None
    return value
