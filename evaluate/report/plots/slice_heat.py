"""Where each row is good: the median IoU of every row in every slice of the photos."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from evaluate.compare.slices import Slice
from evaluate.display.text import shown
from evaluate.report.plots.cell_grid import Cell, grid
from evaluate.report.plots.style import RISING

MOST = 24
ALL = "all photos"
HEADING_LENGTH = 20  # characters over a column that the figure has room for
LETTER_UP_IN = 0.055  # what each one more takes, written at 45°


def slice_heat(
    overall: Mapping[str, float],
    medians: Mapping[str, Mapping[str, float]],
    slices: Sequence[Slice],
    photos: int,
) -> Figure:
    """Median IoU by slice, downwards, and row, across; a slice's best is bold and framed.

    ``overall`` are medians over all ``photos`` by label, ``medians`` by label and slice's name. Of
    more than ``MOST`` slices, those are shown in which rows differ most: in how far their medians
    move from the row's own over all photos.
    """
    chosen = _most_telling(overall, medians, slices)
    lines = [(ALL, photos, list(overall.values()))] + [
        (cut.name, len(cut.ids), [medians[label][cut.name] for label in overall]) for cut in chosen
    ]
    everything = [value for _, _, values in lines for value in values]
    low, high = math.floor(min(everything) * 10) / 10, math.ceil(max(everything) * 10) / 10
    cells = [
        [Cell(value, _short(value), min(values) < value == max(values)) for value in values]
        for _, _, values in lines
    ]
    names = [
        f"{name}  n={count}"
        for name, (_, count, _) in zip(shown([line[0] for line in lines]), lines, strict=True)
    ]
    span = (low, high) if high > low else (low - 0.1, high + 0.1)
    best = "\nbold and framed: the best of its slice" if len(overall) > 1 else ""
    figure, axes = grid(cells, names, RISING, span, f"median IoU{best}")
    headings = shown(overall)
    more = max(map(len, headings)) - HEADING_LENGTH
    figure.set_figheight(figure.get_figheight() + max(0, more) * LETTER_UP_IN)
    axes.set_xticks(
        np.arange(len(overall)) + 0.5,
        headings,
        rotation=45,
        ha="left",
        rotation_mode="anchor",
    )
    axes.axhline(1, color="black", lw=1)
    return figure


def _short(value: float) -> str:
    """Three decimals as the table has them, in the width of two: .949, 1.000."""
    return f"{value:.3f}".removeprefix("0")


def _most_telling(
    overall: Mapping[str, float],
    medians: Mapping[str, Mapping[str, float]],
    slices: Sequence[Slice],
) -> list[Slice]:
    """At most ``MOST`` slices, in the order given."""

    def telling(cut: Slice) -> float:
        moved = [medians[label][cut.name] - median for label, median in overall.items()]
        return max(0.0, *moved) - min(0.0, *moved)

    kept = sorted(slices, key=telling, reverse=True)[:MOST]
    return [cut for cut in slices if cut in kept]
