"""Two plots of a Comparison. Computing is done elsewhere; these only draw."""

import io
import math
from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart by every kind of colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#999999")
STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def ecdf(ious: Mapping[str, Sequence[float]]) -> bytes:
    """PNG of each label's share of photos at or below an IoU. Lower and further right is better."""
    figure, axes = _figure()
    for i, (label, values) in enumerate(ious.items()):
        # Styles alternate so that a curve on top of an equal one leaves it visible.
        axes.ecdf(
            sorted(values), label=_shown(label), lw=2,
            color=COLOURS[i % len(COLOURS)], ls=STYLES[i % len(STYLES)],
        )  # fmt: skip
    axes.set(xlim=(-0.01, 1.01), ylim=(0, 1.01), xlabel="IoU", ylabel="share of photos at or below")
    return _png(figure)


def font_file() -> str:
    """DejaVu Sans, which matplotlib brings along: it has the letters that ids are written in."""
    return f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"


def quality_speed(points: Mapping[str, tuple[float, float]]) -> bytes:
    """PNG of each label's (seconds, median IoU). Up and to the left is better."""
    figure, axes = _figure()
    timed = [seconds for seconds, _ in points.values() if seconds > 0]  # the axis is logarithmic
    for i, (label, (seconds, median)) in enumerate(points.items()):
        if seconds > 0:
            axes.plot(
                seconds, median, MARKERS[i % len(MARKERS)], ms=9, alpha=0.85,
                color=COLOURS[i % len(COLOURS)], label=_shown(label),
            )  # fmt: skip
    axes.set(xscale="log", ylim=(-0.02, 1.02), xlabel="seconds a photo (log)", ylabel="median IoU")
    if timed:  # whole decades, so that there are ticks to read
        low, high = math.floor(math.log10(min(timed))), math.ceil(math.log10(max(timed)))
        axes.set_xlim(0.8 * 10**low, 1.25 * 10 ** max(high, low + 1))
    axes.xaxis.set_major_formatter("{x:g}")
    return _png(figure)


# A label is what the user called it, dollar signs included, not mathematics.
matplotlib.rcParams["text.parse_math"] = False


def _figure() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(7, 4.2), layout="constrained", facecolor="white")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    return figure, axes


def _shown(label: str) -> str:
    """A legend leaves out what begins with an underscore."""
    return f" {label}" if label.startswith("_") else label


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    if figure.axes[0].get_legend_handles_labels()[0]:
        figure.legend(frameon=False, loc="outside lower center", ncols=2)
    figure.savefig(out, format="png", dpi=150, metadata={"Software": None})
    return out.getvalue()
