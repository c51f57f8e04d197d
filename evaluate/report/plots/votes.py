"""How contenders do in blind votes."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evaluate.display.text import short_labels
from evaluate.report.plots.style import BLUE, GREEN, GREY, canvas
from evaluate.votes.results import Contender

_LINE_IN = 0.3


def plot_votes(contenders: Sequence[Contender]) -> Figure:
    """The share of votes that each contender is expected to win, and its interval; best on top.

    The ground truth has another colour and a square.
    """
    figure, axes = canvas(0.9 + _LINE_IN * len(contenders))
    names = short_labels([one.label for one in contenders])
    axes.axvline(0.5, color=GREY, lw=1, ls=":")
    for place, one in enumerate(contenders):
        colour, marker = (GREEN, "s") if one.row is None else (BLUE, "o")
        if ends := one.preferred_interval:
            axes.plot([ends.low, ends.high], [place, place], color=colour, lw=1.8)
        axes.plot(one.preferred, place, color=colour, marker=marker, ms=6, ls="")
    axes.set(
        xlim=(0, 1),
        ylim=(len(contenders) - 0.5, -0.5),
        yticks=range(len(contenders)),
        yticklabels=names,
        xlabel="Expected share of votes won against one of the others, with 95 % interval",
    )
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    return figure
