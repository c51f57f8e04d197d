"""A grid of coloured cells with a text in each, for the pair matrix and the slice heat map."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from evaluate.report.plots.style import SMALL_PT, WIDTH_IN, canvas, text_on

LETTER_IN = 0.68 * SMALL_PT / 72  # width of a bold digit
FRAME_PT = 1.3  # width of a marked cell's frame, which lies inside the cell
LABELS_IN = 2.3  # width of the names left of the cells


@dataclass(frozen=True)
class Cell:
    """``value`` sets the colour, None leaves the cell empty. Marked cells are bold and framed."""

    value: float | None
    text: str
    marked: bool = False


def grid(
    cells: Sequence[Sequence[Cell]],
    names: Sequence[str],
    colours: Colormap,
    span: tuple[float, float],
    meaning: str,
) -> tuple[Figure, Axes]:
    """A figure of ``cells`` (rows of equal length) with ``names`` to their left.

    ``span`` has the values at the two ends of ``colours``; ``meaning`` labels the colour bar. The
    figure is as wide as its texts need, but at least ``WIDTH_IN``.
    """
    texts = [cell.text.split("\n") for row in cells for cell in row]
    wide = max(len(line) for text in texts for line in text) * LETTER_IN + 0.1
    high = max(len(text) for text in texts) * 1.3 * SMALL_PT / 72 + 0.14
    figure, axes = canvas(1.5 + high * len(cells), max(WIDTH_IN, LABELS_IN + wide * len(cells[0])))
    values = np.array([[np.nan if c.value is None else c.value for c in row] for row in cells])
    mesh = axes.pcolormesh(
        np.ma.masked_invalid(values), cmap=colours, vmin=span[0], vmax=span[1],
        edgecolors="#dddddd", linewidth=0.8,
    )  # fmt: skip
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            _write(axes, x, y, cell, colours, span)
    axes.invert_yaxis()
    axes.spines[:].set_visible(False)
    axes.set_yticks(np.arange(len(cells)) + 0.5, names)
    axes.xaxis.tick_top()
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    bar = figure.colorbar(
        mesh, orientation="horizontal", shrink=0.5, aspect=30, pad=0.02, label=meaning
    )
    bar.outline.set_visible(False)
    return figure, axes


def _write(
    axes: Axes, x: int, y: int, cell: Cell, colours: Colormap, span: tuple[float, float]
) -> None:
    share = ((cell.value or 0) - span[0]) / (span[1] - span[0])
    ink = "#666666" if cell.value is None else text_on(colours, share)
    axes.text(
        x + 0.5, y + 0.5, cell.text, ha="center", va="center", fontsize=SMALL_PT, color=ink,
        weight="bold" if cell.marked else "normal", in_layout=False,
    )  # fmt: skip
    if cell.marked:
        frame = Rectangle((x, y), 1, 1, fill=False, ec="black", lw=2 * FRAME_PT)
        axes.add_patch(frame)
        frame.set_clip_path(Rectangle((x, y), 1, 1, transform=axes.transData))  # its inner half
