"""Pairs of rows: all as a matrix, and the first row against the runner-up in detail."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from evaluate.compare.head_to_head import MARGINS, PairResult
from evaluate.compare.slices import SIGNIFICANT
from evaluate.compare.statistics import TIE_SLACK, Values
from evaluate.display.text import short_labels
from evaluate.report.plots.cell_grid import LABELS_IN, LETTER_IN, Cell, grid
from evaluate.report.plots.style import (
    BLUE,
    DIVERGING,
    GREY,
    MOST_DRAWN,
    VERMILLION,
    WIDTH_IN,
    canvas,
    legend_below,
    some_of,
)

CURVES = ((BLUE, "-", "o"), (GREY, "--", "s"), (VERMILLION, ":", "v"))


def plot_head_to_head(labels: Sequence[str], pairs: Sequence[PairResult]) -> Figure:
    """The matrix of wins–ties–losses of two or more rows; the columns are numbered as the rows.

    Blue if the row wins more photos, orange if it loses more; bold and framed if Holm's p is below
    0.05. ``pairs`` has all pairs of ``labels``.
    """
    outcomes = {}
    for pair in pairs:
        significant = pair.p_holm < SIGNIFICANT
        outcomes[pair.first, pair.second] = (pair.wins, pair.ties, pair.losses, significant)
        outcomes[pair.second, pair.first] = (pair.losses, pair.ties, pair.wins, significant)
    longest = max(len(_text(outcome, "–")) for outcome in outcomes.values())
    stacked = LABELS_IN + len(labels) * (longest * LETTER_IN + 0.1) > WIDTH_IN
    cells = [
        [_cell(outcomes.get((row, column)), "\n" if stacked else "–") for column in labels]
        for row in labels
    ]
    names = [f"{name}  {i}" for i, name in enumerate(short_labels(labels), 1)]
    order = "cells: wins, ties, losses, top to bottom" if stacked else "cells: wins–ties–losses"
    meaning = (
        "the row's wins − losses, as a share of the photos\n"
        f"{order}\nbold and framed: Holm's p < {SIGNIFICANT:g}"
    )
    figure, axes = grid(cells, names, DIVERGING, (-1, 1), meaning)
    axes.set_xticks(np.arange(len(labels)) + 0.5, [str(i) for i in range(1, len(labels) + 1)])
    axes.set_xlabel("against row")
    return figure


def _text(outcome: tuple[int, int, int, bool], joint: str) -> str:
    return joint.join(str(count) for count in outcome[:3])


def _cell(outcome: tuple[int, int, int, bool] | None, joint: str) -> Cell:
    if outcome is None:
        return Cell(None, "·")
    wins, ties, losses, significant = outcome
    return Cell((wins - losses) / (wins + ties + losses), _text(outcome, joint), significant)


def plot_differences(
    first: str, second: str, by_photo: Sequence[float] | Values, margin_iou: float
) -> Figure:
    """IoU of ``first`` minus IoU of ``second`` on every photo, sorted; the margin as a band."""
    figure, axes = canvas(3.8)
    ordered = np.sort(np.asarray(by_photo, float))[::-1]
    edge = margin_iou + TIE_SLACK
    won, lost = ordered > edge, ordered < -edge
    names = short_labels([first, second])
    outcomes = (
        (won, BLUE, f"{names[0]} better: {won.sum()}"),
        (~won & ~lost, GREY, f"tied, within ±{margin_iou:g}: {(~won & ~lost).sum()}"),
        (lost, VERMILLION, f"{names[1]} better: {lost.sum()}"),
    )
    axes.axhspan(-margin_iou, margin_iou, color="#eeeeee", lw=0, zorder=0)
    axes.axhline(0, color="black", lw=0.8, zorder=3)
    width_pt = min(12.0, 0.5 + 0.75 * 72 * 6 / max(1, min(len(ordered), MOST_DRAWN)))
    drawn = some_of(len(ordered))
    for which, colour, _ in outcomes:
        places = drawn[which[drawn]]
        axes.vlines(places + 1, 0, ordered[places], color=colour, lw=width_pt)
    reach = max(float(np.abs(ordered).max(initial=0)), 2 * margin_iou, 0.02) * 1.05
    axes.set(xlim=(0, len(ordered) + 1), ylim=(-reach, reach))
    axes.set(xlabel="photos, sorted", ylabel="difference in IoU")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    legend_below(figure, [Patch(color=c, label=name) for _, c, name in outcomes], columns=1)
    return figure


def plot_margins(
    first: str, second: str, curve: Sequence[tuple[int, int, int]], margin_iou: float
) -> Figure:
    """Wins, ties and losses of ``first`` at each of ``MARGINS``; a line marks the margin in use."""
    figure, axes = canvas(3.6)
    axes.grid(alpha=0.25)
    names = short_labels([first, second])
    texts = (f"{names[0]} better", "tied", f"{names[1]} better")
    lines = []
    for i, (text, (colour, dashes, marker)) in enumerate(zip(texts, CURVES, strict=True)):
        counts = [point[i] for point in curve]
        lines += axes.plot(
            MARGINS, counts, color=colour, ls=dashes, marker=marker, lw=2, label=text, clip_on=False
        )
    lines.append(
        axes.axvline(margin_iou, color="black", lw=1, label=f"margin in use: {margin_iou:g}")
    )
    axes.set(xlabel="margin: difference in IoU up to which a photo is tied", ylabel="photos")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set(xlim=(0, max(MARGINS[-1], margin_iou) * 1.02), ylim=(0, sum(curve[0]) * 1.02))
    legend_below(figure, lines)
    return figure
