"""Tables that people make, as texts with line numbers: CSV of any spreadsheet, and JSON lines.

UTF-8 and UTF-16 are read, with or without a byte order mark; cells may be separated by commas,
semicolons or tabs. What cannot be read raises ValueError, whose text says where and why.
"""

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets.listing.regular_file import expect_regular

if TYPE_CHECKING:
    import _csv

_SEPARATORS = ",;\t"
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")


@dataclass(frozen=True)
class TableRow:
    """The texts of a row by column, without empty cells, and the number of its line."""

    line: int
    cells: dict[str, str]


def read_csv(path: Path) -> tuple[list[str], list[TableRow]]:
    """The columns and rows of a CSV file; blank lines are left out.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no such text, it has no header, or a row has more cells than the header.
    """
    text = _decoded(path)
    header = next((line for line in text.splitlines() if line.strip()), "")
    separator, stated = separator_of(header)
    if stated:
        text = text.replace(header, "", 1)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    columns, rows = csv_rows(reader, separator)
    return columns, list(rows)


def separator_of(header: str) -> tuple[str, bool]:
    """What separates the cells of a file with this first line, and whether that is all it says."""
    if stated := re.fullmatch(r"sep=(.)\s*", header):  # Excel's way to say it
        return stated[1], True
    return max(_SEPARATORS, key=header.count), False


def csv_rows(reader: "_csv.Reader", separator: str) -> tuple[list[str], Iterator[TableRow]]:
    """The columns of a CSV file and its rows, which are read as they are asked for.

    Raises:
        ValueError: it has no unambiguous header, or (later) a row has more cells than the header.
    """
    lines = _lines(reader)
    _, columns = next(lines, (1, []))
    if twice := [name for name, times in Counter(filter(None, columns)).items() if times > 1]:
        raise ValueError(f"the header names the column '{twice[0]}' twice")
    return columns, _table_rows(lines, columns, separator)


def _table_rows(
    lines: Iterator[tuple[int, list[str]]], columns: list[str], separator: str
) -> Iterator[TableRow]:
    for number, cells in lines:
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            hint = ": write numbers with a point, 1.5" if separator == "," else ""
            raise ValueError(
                f"line {number} has {len(cells)} cells, the header {len(columns)}{hint}, or put "
                "quotes around cells that contain the separator"
            )
        pairs = zip(columns, cells, strict=False)
        yield TableRow(number, {name: cell for name, cell in pairs if name and cell})


def read_jsonl(path: Path) -> tuple[list[str], list[TableRow]]:
    """The columns and rows of a file with one JSON object a line; lists and objects are left out.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is not a JSON object.
    """
    rows = list(jsonl_rows(_decoded(path).split("\n")))
    return list(dict.fromkeys(column for row in rows for column in row.cells)), rows


def jsonl_rows(lines: Iterable[str]) -> Iterator[TableRow]:
    """The rows of these lines, one JSON object a line; lists and objects in it are left out.

    Raises:
        ValueError: a line is not a JSON object.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                content = dict(json.loads(line))
            except (ValueError, TypeError, RecursionError) as error:
                raise ValueError(f"line {number} is not a JSON object ({error})") from error
            yield json_row(number, content)


def json_row(number: int, content: Mapping[str, Any]) -> TableRow:
    """A row of values as JSON has them; lists, objects and nulls are left out."""
    return TableRow(number, {k: t for k, v in content.items() if k and (t := _cell_text(v))})


def parse_number(text: str) -> float:
    """A finite number from a cell.

    Raises:
        ValueError: it is none; the text says why, and how to write a decimal comma.
    """
    try:
        value = float(text)
    except ValueError:
        if DECIMAL_COMMA.fullmatch(text):
            point = text.replace(",", ".")
            raise ValueError(f"'{text}' has a decimal comma; write {point}") from None
        raise ValueError(f"'{text}' is not a number") from None
    if value - value != 0:
        raise ValueError(f"'{text}' is not a finite number")
    return value


def _lines(reader: "_csv.Reader") -> Iterator[tuple[int, list[str]]]:
    """The number and stripped cells of each row that is not blank."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ValueError(f"line {line}: {error}") from error
        cells = [cell.strip() for cell in cells]
        if any(cells):
            yield line, cells


def _cell_text(value: object) -> str:
    """A value of JSON as a cell; empty for a list, an object and null."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) else ""


def _decoded(path: Path) -> str:
    expect_regular(path)
    data = path.read_bytes()
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\0" in data[:4]:  # ASCII text in UTF-16 has a zero in every second byte
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"line {line} is not UTF-8 (byte 0x{data[error.start]:02x}); save it as UTF-8"
        ) from error
