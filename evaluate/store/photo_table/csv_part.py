"""A run's part of photos.csv."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from evaluate.store.formats.columns import ABSENT, Coded, values_of
from evaluate.store.formats.formula_cells import text_cell
from evaluate.store.photo_table.columns import WHOLE_NUMBERS, Cells

_LINE_END = "\r\n"
_QUOTED = frozenset(',"\r\n')


def csv_header(columns: Mapping[str, Cells]) -> bytes:
    """The first line."""
    return _encoded(",".join(map(_quoted, columns)) + _LINE_END)


def csv_lines(columns: Mapping[str, Cells]) -> bytes:
    """A line for each photo."""
    cells = [_cells(name, column) for name, column in columns.items()]
    lines = _LINE_END.join(map(",".join, zip(*cells, strict=True)))
    return _encoded(f"{lines}{_LINE_END}") if lines else b""


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _cells(name: str, column: Cells) -> list[str]:
    if isinstance(column, list):
        if _is_plain(column):
            return column
        texts = {text: _quoted(text_cell(text)) for text in dict.fromkeys(column)}
        return list(map(texts.__getitem__, column))
    if isinstance(column, Coded):
        cells = values_of(Coded(column.codes, [_cell(value) for value in column.values]))
        return ["" if cell is ABSENT else cell for cell in cells]
    missing = np.isnan(column)
    if missing.all():
        return [""] * len(column)
    if name in WHOLE_NUMBERS:
        cells = list(map(str, np.nan_to_num(column).astype(np.int64).tolist()))
    else:
        cells = list(map(repr, column.tolist()))
    if missing.any():
        for place in np.flatnonzero(missing).tolist():
            cells[place] = ""
    return cells


def _is_plain(column: list[str]) -> bool:
    """Whether these texts are cells as they are, which is found faster for all than for each."""
    together = "".join(column)
    if any(sign in together for sign in (*_QUOTED, "'")):
        return False
    return all(text_cell(first) == first for first in {text[:1] for text in column})


def _cell(value: Any) -> str:
    return "" if value is None else _quoted(text_cell(str(value)))


def _quoted(text: str) -> str:
    if _QUOTED.isdisjoint(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'
