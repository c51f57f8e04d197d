"""A CSV file by columns, read faster than by rows."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatColumn = npt.NDArray[np.float64]


@dataclass(frozen=True)
class CsvColumns:
    """The cells below the header: as ``lines`` if no cell is quoted, else split into ``cells``."""

    header: tuple[str, ...]
    lines: Sequence[str] | None
    cells: Sequence[Sequence[str]] = ()

    @classmethod
    def of(cls, text: str) -> "CsvColumns":
        """Split the text of a file whose lines end in CR LF, or in LF as an editor may leave them.

        Raises:
            ValueError: a row has another number of cells than the header.
        """
        if '"' not in text:
            first, *lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
            return cls(tuple(first.split(",")), lines)
        head, *cells = csv.reader(io.StringIO(text, newline=""))
        if any(len(row) != len(head) for row in cells):
            raise ValueError("a row has another number of cells than the header")
        return cls(tuple(head), None, cells)

    def __len__(self) -> int:
        return len(self.cells if self.lines is None else self.lines)

    def texts(self, name: str) -> list[str]:
        """A column as texts.

        Raises:
            KeyError: there is no column of this name.
        """
        place = self._place(name)
        if self.lines is None:
            return [row[place] for row in self.cells]
        after = len(self.header) - 1 - place
        if place <= after:
            return [line.split(",", place + 1)[place] for line in self.lines]
        return [line.rsplit(",", after + 1)[-1 - after] for line in self.lines]

    def numbers(self, names: Sequence[str]) -> FloatColumn:
        """Columns as float64 (names×photos); NaN for an empty cell.

        Raises:
            KeyError: there is no column of this name.
            ValueError: a cell is not a number, or a line is empty.
        """
        places = [self._place(name) for name in names]
        if not len(self):
            return np.empty((len(names), 0))
        if self.lines is None:
            return np.array([[float(row[p] or "nan") for row in self.cells] for p in places])
        try:
            return _numbers(self.lines, places)
        except ValueError:  # an empty cell, or a damaged one
            return _numbers([_filled(f"{line},") for line in self.lines], places)

    def _place(self, name: str) -> int:
        try:
            return self.header.index(name)
        except ValueError:
            raise KeyError(name) from None


def _filled(line: str) -> str:
    return line.replace(",,", ",nan,").replace(",,", ",nan,")  # twice, as matches overlap


def _numbers(lines: Sequence[str], places: Sequence[int]) -> FloatColumn:
    table = np.loadtxt(lines, delimiter=",", usecols=places, ndmin=2, comments=None)
    if len(table) != len(lines):  # it skips empty lines, after which numbers would be of others
        raise ValueError("a line is empty")
    return np.ascontiguousarray(table.T)
