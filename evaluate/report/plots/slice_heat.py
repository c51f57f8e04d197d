"""The heat map of slices: the median IoU of every row in every slice of the photos."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from evaluate.compare.slices import Slice
from evaluate.display.text import short_labels
from evaluate.report.plots.cell_grid import Cell, grid
from evaluate.report.plots.style import RISING

MOST_SLICES = 24
ALL = "all photos"
HEADING_LENGTH = 20  # characters of a column's heading that fit without more height
LETTER_UP_IN = 0.055  # height of each further character, at 45°


def plot_slice_heat(
    overall: Mapping[str, float],
    medians: Mapping[str, Mapping[str, float]],
    slices: Sequence[Slice],
    photos: int,
) -> Figure:
    """Median IoU by slice (down) and row (across); the best of each slice is bold and framed.

    ``overall`` has medians over all ``photos`` by label, ``medians`` those by label and slice name.
    Of more than ``MOST_SLICES`` slices, those are shown in which the rows' shifts from their median
    over all photos differ most.
    """
    chosen = _most_different(overall, medians, slices)
    lines = [(ALL, photos, list(overall.values()))] + [
        (one.name, len(one.ids), [medians[label][one.name] for label in overall]) for one in chosen
    ]
    every_median = [value for _, _, values in lines for value in values]
    low, high = math.floor(min(every_median) * 10) / 10, math.ceil(max(every_median) * 10) / 10
    cells = [
        [Cell(value, _short(value), min(values) < value == max(values)) for value in values]
        for _, _, values in lines
    ]
    headings = short_labels([name for name, _, _ in lines])
    names = [f"{name}  n={count}" for name, (_, count, _) in zip(headings, lines, strict=True)]
    span = (low, high) if high > low else (low - 0.1, high + 0.1)
    best = "\nbold and framed: the best of its slice" if len(overall) > 1 else ""
    figure, axes = grid(cells, names, RISING, span, f"median IoU{best}")
    columns = short_labels(overall)
    more = max(map(len, columns)) - HEADING_LENGTH
    figure.set_figheight(figure.get_figheight() + max(0, more) * LETTER_UP_IN)
    axes.set_xticks(
        np.arange(len(overall)) + 0.5, columns, rotation=45, ha="left", rotation_mode="anchor"
    )
    axes.axhline(1, color="black", lw=1)
    return figure


def _short(value: float) -> str:
    """Three decimals as in the table, without a leading 0: .949, 1.000."""
    return f"{value:.3f}".removeprefix("0")


def _most_different(
    overall: Mapping[str, float],
    medians: Mapping[str, Mapping[str, float]],
    slices: Sequence[Slice],
) -> list[Slice]:
    """At most ``MOST_SLICES`` slices, in the order given."""

    def spread(one: Slice) -> float:
        shifts = [medians[label][one.name] - median for label, median in overall.items()]
        return max(0.0, *shifts) - min(0.0, *shifts)

    kept = sorted(slices, key=spread, reverse=True)[:MOST_SLICES]
    return [one for one in slices if one in kept]
