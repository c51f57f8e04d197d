"""The style of all plots: colours, sizes and legends; and their encoding as PNG and SVG.

Plots are 7 inches wide and shown at 700 pixels or less, so text is at least 8 points. The
background is white, since pages may be dark. Everything that a colour encodes is also shown by a
line style, a position or a text.
"""

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

# Okabe and Ito's palette, distinguishable with every kind of colour vision.
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
SKY, ORANGE, BLACK, GREY = "#56B4E9", "#E69F00", "#000000", "#999999"
COLOURS = (BLUE, VERMILLION, GREEN, PURPLE, SKY, ORANGE, BLACK, GREY)
STYLES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DIVERGING = LinearSegmentedColormap.from_list("diverging", (ORANGE, "white", SKY))
RISING = LinearSegmentedColormap.from_list("rising", ("#f7fbff", SKY, BLUE, "#003a5c"))

WIDTH_IN = 7.0
DPI = 150
SMALL_PT = 8.0
TITLE_PT, TITLE_IN = 11.0, 0.3  # size of a title, and the height that it takes
SHARES = (-0.02, 1.02)  # limits of an axis of shares: a line along 0 or 1 is whole
MOST_DRAWN = 2000  # photos that a plot draws: more cannot be told apart
LEGEND_LINE_IN = 0.2125  # 9 points plus matplotlib's line spacing

matplotlib.rcParams.update(
    {
        "text.parse_math": False,  # dollar signs in labels are not maths
        "font.size": 10,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "svg.fonttype": "none",  # text stays selectable text
        "svg.hashsalt": "cutoutbench",  # equal plots give equal bytes
    }
)


def canvas(height_in: float, width_in: float = WIDTH_IN) -> tuple[Figure, Axes]:
    """A white figure with one pair of axes."""
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)  # needed to measure texts before drawing
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def some_of(count: int) -> npt.NDArray[np.intp]:
    """The indices of the photos to draw of ``count`` sorted ones: evenly spaced, with both ends."""
    drawn = min(count, MOST_DRAWN)
    return np.linspace(0, count - 1, drawn).round().astype(np.intp)


def line_style(place: int) -> dict[str, Any]:
    """Colour and dashes of the row at ``place``: 32 combinations; neighbours differ in both."""
    style = STYLES[(place + place // len(COLOURS)) % len(STYLES)]
    return {"color": COLOURS[place % len(COLOURS)], "ls": style}


def marker_style(place: int) -> dict[str, Any]:
    """Colour and marker of the row at ``place``: 56 combinations; neighbours differ in both."""
    return {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}


def add_title(figure: Figure, text: str) -> None:
    """Write a title above everything else; the figure grows, so that the axes keep their size."""
    before = figure.get_figheight()
    figure.set_figheight(before + TITLE_IN)
    if not isinstance(
        figure.get_layout_engine(), ConstrainedLayoutEngine
    ):  # positions are shares of the height
        share = before / (before + TITLE_IN)
        for axes in figure.axes:
            x, y, width, height = axes.get_position().bounds
            axes.set_position((x, y * share, width, height * share))
    figure.suptitle(
        text, x=0.1 / figure.get_figwidth(), ha="left", fontsize=TITLE_PT, weight="bold"
    )


def legend_below(figure: Figure, handles: Sequence[Any], columns: int = 2) -> None:
    """Add a legend below the axes; the figure grows for every line after the first."""
    if handles:
        lines = math.ceil(len(handles) / columns)
        figure.set_figheight(figure.get_figheight() + LEGEND_LINE_IN * (lines - 1))
        figure.legend(handles=handles, frameon=False, loc="outside lower center", ncols=columns)


@contextmanager
def ignore_missing_glyphs() -> Iterator[None]:
    """Suppress warnings on letters missing from the font; the PNG shows boxes for them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def lay_out(figure: Figure) -> None:
    """Compute the positions of all parts, as drawing would."""
    if engine := figure.get_layout_engine():
        engine.execute(figure)


def text_on(colours: Colormap, share: float) -> str:
    """Black or white, whichever has more contrast on the colour at ``share`` (0..1) of a map.

    Source: WCAG 2.2, relative luminance and contrast ratio.
    """
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colours(share)]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


def encode_plot(figure: Figure) -> dict[str, bytes]:
    """The plot's bytes by file ending. Equal figures give equal SVG bytes."""
    png, svg = io.BytesIO(), io.BytesIO()
    with ignore_missing_glyphs():
        lay_out(figure)
        figure.set_layout_engine("none")  # laid out once for both
        # savefig would draw everything twice.
        FigureCanvasAgg(figure).print_png(  # type: ignore[no-untyped-call]
            png, metadata={"Software": None}
        )
        FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
            svg, metadata={"Date": None, "Creator": None}
        )
    return {"png": png.getvalue(), "svg": svg.getvalue()}
