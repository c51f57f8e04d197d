"""Reads a manifest row by row: CSV, JSON lines or Parquet. No more than a part is in memory."""

import csv
from collections.abc import Iterator
from pathlib import Path

from datasets.errors import DatasetError
from datasets.listing.regular_file import expect_regular
from datasets.listing.tables import TableRow, csv_rows, json_row, jsonl_rows, separator_of

MANIFEST_FORMS = (".csv", ".jsonl", ".parquet")
BATCH = 4096  # rows of a Parquet file


def read_manifest(path: Path) -> Iterator[TableRow]:
    """The rows of a manifest; the number of a Parquet file's row stands for its line.

    Raises:
        DatasetError: it cannot be read; the text says in which line and why.
    """
    form = path.suffix.lower()
    if form not in MANIFEST_FORMS:
        raise DatasetError(f"{path}: dataset.file must be one of {', '.join(MANIFEST_FORMS)}")
    readers = {".csv": _csv_rows, ".jsonl": _jsonl_rows, ".parquet": _parquet_rows}
    try:
        expect_regular(path)
        yield from readers[form](path)
    except FileNotFoundError as error:
        raise DatasetError(f"{path} does not exist; dataset.file names the manifest") from error
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: is not UTF-8 ({error.reason}); save it as UTF-8") from error
    except (OSError, ValueError, csv.Error) as error:
        raise DatasetError(f"{path}: cannot be read as {form[1:]}: {error}") from error


def _csv_rows(path: Path) -> Iterator[TableRow]:
    with path.open("rb") as file:
        encoding = "utf-16" if file.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    with path.open(encoding=encoding, newline="") as text:
        header = next((line for line in text if line.strip()), "")
        text.seek(0)
        separator, stated = separator_of(header)
        reader = csv.reader(text, delimiter=separator, strict=True)
        if stated:
            next(reader)
        _, rows = csv_rows(reader, separator)
        yield from rows


def _jsonl_rows(path: Path) -> Iterator[TableRow]:
    with path.open(encoding="utf-8-sig") as text:
        yield from jsonl_rows(text)


def _parquet_rows(path: Path) -> Iterator[TableRow]:
    try:
        import pyarrow
        from pyarrow import parquet, types
    except ModuleNotFoundError as error:
        raise DatasetError(
            f"{path}: Parquet needs the package '{error.name}', which is not installed; "
            "run: make install extra=parquet, or give a .csv or .jsonl"
        ) from error
    try:
        file = parquet.ParquetFile(path)
        flat = [field.name for field in file.schema_arrow if not types.is_nested(field.type)]
        number = 0
        for batch in file.iter_batches(BATCH, columns=flat):
            for content in batch.to_pylist():
                number += 1
                yield json_row(number, content)
    except pyarrow.ArrowException as error:
        raise ValueError(str(error).partition("\n")[0]) from error
