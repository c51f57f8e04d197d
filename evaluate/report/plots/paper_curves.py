"""The curves of the paper metrics over the threshold of a mask, a line for each row."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evaluate.display.text import short_labels
from evaluate.report.plots.style import GREY, SMALL_PT, canvas, legend_below, line_style

ThresholdCurve = Sequence[float]
"""256 values by threshold; a pixel is foreground from the threshold on."""

EVERY_THRESHOLD = np.arange(256)
TICKS = (0, 64, 128, 192, 255)
ONE_POINT = 0.01  # shorter curves are drawn as a dot


def plot_iou_threshold(curves: Mapping[str, ThresholdCurve], threshold: int) -> Figure:
    """Each label's median IoU over the threshold, with a dot at the ``threshold`` in use."""
    figure, axes = canvas(4.2)
    axes.axvline(threshold, color=GREY, lw=1, zorder=1)
    axes.annotate(
        f"threshold {threshold}", (threshold, 1.02), xytext=(3, 0), textcoords="offset points",
        xycoords=("data", "axes fraction"), fontsize=SMALL_PT, annotation_clip=False,
    )  # fmt: skip
    # Threshold 0 makes all of a photo foreground.
    lines = _lines(
        axes, EVERY_THRESHOLD[1:], {label: np.asarray(c)[1:] for label, c in curves.items()}
    )
    for line, curve in zip(lines, curves.values(), strict=True):
        axes.plot(threshold, curve[threshold], "o", ms=5, color=line.get_color(), zorder=3)
    axes.set(xlabel="threshold, of 255", ylabel="median IoU", ylim=(-0.01, 1.01))
    legend_below(figure, lines)
    return figure


def plot_paper_curves(curves: Mapping[str, Mapping[str, ThresholdCurve]]) -> Figure:
    """Precision against recall, F- and E-measure over the threshold, averaged over photos.

    ``curves`` are a label's ``precision``, ``recall``, ``f`` and ``e``. A dot marks the maximum of
    F and of E, which tables print, and the precision and recall of a row whose masks are binary.
    """
    figure, first = canvas(3.3)
    first.remove()
    precision, f, e = figure.subplots(1, 3)
    for axes in (precision, f, e):
        axes.spines[["top", "right"]].set_visible(False)
    recall, share = (
        {label: np.asarray(of_row[name])[1:] for label, of_row in curves.items()}
        for name in ("recall", "precision")
    )
    lines = _lines(precision, list(recall.values()), share)
    for line, x, y in zip(lines, recall.values(), share.values(), strict=True):
        if np.ptp(x) < ONE_POINT and np.ptp(y) < ONE_POINT:
            precision.plot(x[0], y[0], "o", ms=5, color=line.get_color(), zorder=3, clip_on=False)
    precision.set(xlabel="recall", ylabel="precision", xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    for axes, name, title in ((f, "f", "F-measure"), (e, "e", "E-measure")):
        drawn = _lines(
            axes, EVERY_THRESHOLD, {label: np.asarray(c[name]) for label, c in curves.items()}
        )
        for line in drawn:
            values = np.asarray(line.get_ydata())
            best = int(values.argmax())
            axes.plot(
                EVERY_THRESHOLD[best], values[best], "o", ms=4, color=line.get_color(), zorder=3
            )
        axes.set(xlabel="threshold, of 255", ylabel=title, ylim=(-0.01, 1.01))
    legend_below(figure, lines)
    return figure


def _lines(
    axes: Axes, x: np.ndarray | Sequence[np.ndarray], curves: Mapping[str, np.ndarray]
) -> list[Line2D]:
    """A line for each label; ``x`` is of all lines or of each."""
    axes.grid(alpha=0.25)
    if isinstance(x, np.ndarray):
        axes.set_xticks(TICKS)
        axes.set_xlim(-2, 257)
    lines = list[Line2D]()
    for place, (label, y) in enumerate(zip(short_labels(curves), curves.values(), strict=True)):
        # Dashes alternate so that of two equal curves both are visible.
        of_row = x if isinstance(x, np.ndarray) else x[place]
        lines += axes.plot(of_row, y, label=label, lw=2, **line_style(place))
    return lines
