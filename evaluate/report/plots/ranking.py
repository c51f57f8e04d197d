"""The critical-difference diagram: mean ranks, and which of them differ significantly."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluate.compare.head_to_head import cliques
from evaluate.compare.statistics import Ranks
from evaluate.display.text import p_value_text, short_labels
from evaluate.report.plots.style import BLUE, VERMILLION, WIDTH_IN, canvas

SIDE_LABEL_LENGTH = 20
SIDE_IN = 2.35  # width of the labels on either side
LINE_IN = 0.24
BAR_IN = 0.11
ABOVE_IN = 0.75  # height of the critical difference and the axis numbers


def plot_critical_difference(labels: Sequence[str], ranks: Ranks) -> Figure:
    """Two or more labels at their mean ranks, the best to the left.

    Bars join rows that do not differ significantly by Nemenyi's test at 5 %; the test applies only
    if Friedman's p is small.
    Source: Demšar, Statistical Comparisons of Classifiers over Multiple Data Sets, 2006, figure 1.
    """
    order = sorted(range(len(labels)), key=ranks.means.__getitem__)
    names = short_labels(labels, SIDE_LABEL_LENGTH)
    means = [ranks.means[i] for i in order]
    joined = cliques(means, ranks.critical_difference)
    bars_in = 0.16 + BAR_IN * len(joined)
    left = math.ceil(len(order) / 2)
    height_in = ABOVE_IN + bars_in + LINE_IN * left + 0.2
    figure, axes = canvas(height_in)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set_axis_off()
    axis_in = WIDTH_IN - 2 * SIDE_IN

    def inch(rank: float) -> float:
        return SIDE_IN + (rank - 1) / (len(order) - 1) * axis_in

    axes.set(xlim=(0, WIDTH_IN), ylim=(ABOVE_IN - height_in, ABOVE_IN))  # inches, 0 the axis
    _scale(axes, len(order), [inch(rank) for rank in range(1, len(order) + 1)])
    _critical(axes, inch(1), inch(1 + ranks.critical_difference), ranks)
    for i, (start, end) in enumerate(joined):
        y = -0.16 - BAR_IN * i
        axes.plot(
            [inch(means[start]) - 0.04, inch(means[end]) + 0.04], [y, y],
            color=VERMILLION, lw=3.5, solid_capstyle="butt", zorder=3, gid=f"bar {i}",
        )  # fmt: skip
    for place, i in enumerate(order):
        line = place if place < left else len(order) - 1 - place
        y = -bars_in - LINE_IN * (line + 0.5)
        name, mean = names[i], f"{ranks.means[i]:.2f}"
        text = f"{name}  {mean}" if place < left else f"{mean}  {name}"
        _stem(axes, inch(ranks.means[i]), y, text, place < left)
    return figure


def _scale(axes: Axes, count: int, ticks: Sequence[float]) -> None:
    axes.plot([ticks[0], ticks[-1]], [0, 0], color="black", lw=1.2)
    every = max(1, round(count / 10))
    for rank, x in enumerate(ticks, 1):
        axes.plot([x, x], [0, 0.07 if (rank - 1) % every == 0 else 0.035], color="black", lw=1)
        if (rank - 1) % every == 0:
            axes.text(x, 0.1, str(rank), ha="center", va="bottom", fontsize=9)
    axes.text(ticks[0] - 0.15, 0.1, "mean rank, 1 is best", ha="right", va="bottom", fontsize=9)


def _critical(axes: Axes, start: float, end: float, ranks: Ranks) -> None:
    y = 0.45
    axes.plot([start, end], [y, y], color="black", lw=1.5, marker="|", ms=7)
    text = f"critical difference {ranks.critical_difference:.2f}"
    axes.text(start, y + 0.07, text, va="bottom", fontsize=9)
    text = f"Friedman's p {p_value_text(ranks.friedman_p)}"
    axes.text(WIDTH_IN - 0.1, y + 0.07, text, ha="right", va="bottom", fontsize=9)


def _stem(axes: Axes, x: float, y: float, text: str, to_the_left: bool) -> None:
    """A line from the axis down and sideways to a label."""
    side = SIDE_IN - 0.1 if to_the_left else WIDTH_IN - SIDE_IN + 0.1
    axes.plot([x, x, side], [0, y, y], color=BLUE, lw=0.9)
    gap = -0.06 if to_the_left else 0.06
    axes.text(side + gap, y, text, ha="right" if to_the_left else "left", va="center", fontsize=9)
