"""Two plots of a Comparison. Computing is done elsewhere; these only draw."""

import io
from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart by every kind of colour vision.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#999999")
STYLES = ("-", "--", "-.", ":")


def ecdf(ious: Mapping[str, Sequence[float]]) -> bytes:
    """PNG of each label's share of photos at or below an IoU. Lower and further right is better."""
    figure, axes = _figure()
    for i, (label, values) in enumerate(ious.items()):
        axes.ecdf(
            sorted(values), label=_shown(label), lw=2,
            color=COLOURS[i % len(COLOURS)], ls=STYLES[i // len(COLOURS) % len(STYLES)],
        )  # fmt: skip
    axes.set(xlim=(-0.01, 1.01), ylim=(0, 1.01), xlabel="IoU", ylabel="share of photos at or below")
    if ious:
        axes.legend(frameon=False, loc="upper left")
    return _png(figure)


def quality_speed(points: Mapping[str, tuple[float, float]]) -> bytes:
    """PNG of each label's (seconds, median IoU). Up and to the left is better."""
    figure, axes = _figure()
    timed = {label: point for label, point in points.items() if point[0] > 0}  # for the log
    for i, (label, (seconds, median)) in enumerate(timed.items()):
        axes.plot(seconds, median, "o", ms=9, color=COLOURS[i % len(COLOURS)])
        axes.annotate(
            label, (seconds, median), xytext=(0, -16 if median > 0.9 else 9),
            textcoords="offset points", ha="center", fontsize=9,
        )  # fmt: skip
    axes.set(xscale="log", ylim=(-0.02, 1.02), xlabel="seconds a photo (log)", ylabel="median IoU")
    axes.margins(x=0.25)
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
    figure.savefig(out, format="png", dpi=150, metadata={"Software": None})
    return out.getvalue()
