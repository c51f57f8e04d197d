"""Texts in CSV files that a spreadsheet would run as a formula, such as a photo named ``=cmd()``.

A cell is one that begins with = + - @ (or their wide forms), a tab or a line end, unless it is a
plain number. It is written with an apostrophe before it, which spreadsheets take as the sign of a
text. Texts that begin with apostrophes and then such a character get one more, so every text comes
back as it was.
"""

import re
from collections.abc import Sequence

_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d[\d.,]*%?")
_MARKED = re.compile("'" + _FORMULA.pattern)


def text_cell(text: str) -> str:
    """A text as the cell of a CSV file."""
    is_formula = _FORMULA.match(text) and not _NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text


def texts_of(cells: Sequence[str]) -> list[str]:
    """The texts that ``text_cell`` has made these cells of."""
    if "'" not in "".join(cells):  # the usual case, found in a fraction of the time
        return list(cells)
    return [cell[1:] if _MARKED.match(cell) else cell for cell in cells]
