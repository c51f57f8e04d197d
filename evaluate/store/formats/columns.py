"""A column of any values: numbers as an array, others by the index of each distinct value."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from evaluate.store.formats.csv_columns import FloatColumn

ABSENT = object()  # the value of a photo that has none


@dataclass(frozen=True, eq=False)
class Coded:
    """``values`` has the distinct ones, ``codes`` (int32) the index of each photo's; -1: none."""

    codes: npt.NDArray[np.int32]
    values: Sequence[Any]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, at: npt.NDArray[Any]) -> "Coded":
        return Coded(self.codes[at], self.values)


PhotoColumn: TypeAlias = Coded | FloatColumn
"""Of float64 alone: NaN where a photo has no value."""


def constant(value: object, length: int) -> Coded:
    """The same value for all photos."""
    return Coded(np.zeros(length, np.int32), [value])


def column_of(values: Sequence[Any]) -> PhotoColumn:
    """The column of these values, some of which may be ``ABSENT``."""
    if {*map(type, values)} - {object} == {float}:
        return np.array([np.nan if value is ABSENT else value for value in values], np.float64)
    places: dict[tuple[type, Any], int] = {}  # by type too, as True == 1
    codes = np.fromiter(_codes(values, places), np.int32, len(values))
    return Coded(codes, [value for _, value in places])


def _codes(values: Iterable[Any], places: dict[tuple[type, Any], int]) -> Iterable[int]:
    for value in values:
        yield -1 if value is ABSENT else places.setdefault((type(value), value), len(places))


def taken(column: PhotoColumn, at: npt.NDArray[np.intp]) -> PhotoColumn:
    """The values at these places; -1 is a photo without a value."""
    if isinstance(column, Coded):
        return Coded(np.append(column.codes, np.int32(-1))[at], column.values)
    return np.append(column, np.nan)[at]


def values_of(column: PhotoColumn) -> list[Any]:
    """The value of each photo, ``ABSENT`` where there is none."""
    if isinstance(column, Coded):
        values = np.empty(len(column.values) + 1, object)  # code -1 is the last place
        values[:-1] = column.values
        values[-1] = ABSENT
        listed: list[Any] = values[column.codes].tolist()
        return listed
    return [ABSENT if isnan(value) else value for value in column.tolist()]
