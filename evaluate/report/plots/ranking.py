"""The critical-difference diagram: mean ranks, and which of them differ significantly."""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluate.compare.head_to_head import cliques
from evaluate.compare.statistics import Ranks
from evaluate.display.text import p_value_text, short_labels
from evaluate.report.plots.style import BLUE, VERMILLION, WIDTH_IN, canvas

AXIS_IN = 2.3  # length of the axis
MEAN_LETTERS = 7  # of a mean rank and the space beside it
NAME_LETTER_IN = 0.072  # average width of a letter of 9 points
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
    names = short_labels(labels)
    side_in = 0.2 + NAME_LETTER_IN * (
        max(map(len, names)) + MEAN_LETTERS
    )  # the labels on either side
    width_in = max(WIDTH_IN, 2 * side_in + AXIS_IN)
    side_in = (width_in - AXIS_IN) / 2
    means = [ranks.means[i] for i in order]
    joined = cliques(means, ranks.critical_difference)
    bars_in = 0.16 + BAR_IN * len(joined)
    left = math.ceil(len(order) / 2)
    height_in = ABOVE_IN + bars_in + LINE_IN * left + 0.2
    figure, axes = canvas(height_in, width_in)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, 1))
    axes.set_axis_off()

    def inch(rank: float) -> float:
        return side_in + (rank - 1) / (len(order) - 1) * AXIS_IN

    axes.set(xlim=(0, width_in), ylim=(ABOVE_IN - height_in, ABOVE_IN))  # inches, 0 the axis
    _scale(axes, len(order), [inch(rank) for rank in range(1, len(order) + 1)])
    _critical(axes, inch(1), inch(1 + ranks.critical_difference), ranks, width_in - 0.1)
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
        side = side_in - 0.1 if place < left else width_in - side_in + 0.1
        _stem(axes, inch(ranks.means[i]), y, text, side)
    return figure


def _scale(axes: Axes, count: int, ticks: Sequence[float]) -> None:
    axes.plot([ticks[0], ticks[-1]], [0, 0], color="black", lw=1.2)
    every = max(1, round(count / 10))
    for rank, x in enumerate(ticks, 1):
        axes.plot([x, x], [0, 0.07 if (rank - 1) % every == 0 else 0.035], color="black", lw=1)
        if (rank - 1) % every == 0:
            axes.text(x, 0.1, str(rank), ha="center", va="bottom", fontsize=9)
    axes.text(ticks[0] - 0.15, 0.1, "mean rank, 1 is best", ha="right", va="bottom", fontsize=9)


def _critical(axes: Axes, start: float, end: float, ranks: Ranks, right: float) -> None:
    y = 0.45
    axes.plot([start, end], [y, y], color="black", lw=1.5, marker="|", ms=7)
    text = f"critical difference {ranks.critical_difference:.2f}"
    axes.text(start, y + 0.07, text, va="bottom", fontsize=9)
    text = f"Friedman's p {p_value_text(ranks.friedman_p)}"
    axes.text(right, y + 0.07, text, ha="right", va="bottom", fontsize=9)


def _stem(axes: Axes, x: float, y: float, text: str, side: float) -> None:
    """A line from the axis down and to ``side``, where the label is."""
    axes.plot([x, x, side], [0, y, y], color=BLUE, lw=0.9)
    gap, across = (-0.06, "right") if side < x else (0.06, "left")
    axes.text(side + gap, y, text, ha=across, va="center", fontsize=9)
