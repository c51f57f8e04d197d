"""The share of tools that fit their pockets, over the clearance."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from evaluate.compare.rows.fits import CLEARANCE_PX, Fits
from evaluate.display.text import short_labels
from evaluate.report.outline_table import TRACED_TO_PX
from evaluate.report.plots.style import SHARES, SMALL_PT, canvas, legend_below, line_style, some_of

SHOWN_UP_TO = {"mm": 2.0, "px": 20.0}


def plot_fit(fits: Mapping[str, Fits], clearance_mm: float) -> Figure:
    """A curve for each label, all of one unit. The best is the highest, furthest to the left."""
    first = next(iter(fits.values()))
    unit = first.unit
    gap = clearance_mm if unit == "mm" else CLEARANCE_PX
    figure, axes = canvas(4.2)
    axes.grid(alpha=0.25)
    curves = []
    for place, (label, one) in enumerate(zip(short_labels(fits), fits.values(), strict=True)):
        shown = some_of(len(one.needed))
        shares = np.arange(1, len(one.needed) + 1)[shown] / len(one.needed)
        at = np.concatenate([[0], one.needed[shown], [one.needed[-1] + SHOWN_UP_TO[unit]]])
        levels = np.concatenate([[one.at(0).share], shares, [1]])
        curves += axes.step(at, levels, where="post", label=label, lw=2, **line_style(place))
    axes.axvline(gap, color="#888888", lw=1, ls=":")
    finer = [f"{first.px(gap):.1f} px: finer than truth is traced"] * (first.px(gap) < TRACED_TO_PX)
    mark = ", ".join([f" {gap:g} {unit}", *finer])
    axes.text(gap, SHARES[1], mark, fontsize=SMALL_PT, color="#555555", va="bottom")
    axes.set(xlim=(0, SHOWN_UP_TO[unit]), ylim=SHARES)
    axes.set(xlabel=f"clearance around the pocket, {unit}", ylabel="share of tools that fit")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    legend_below(figure, curves)
    return figure
