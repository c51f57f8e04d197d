"""How every plot looks: colours, sizes, labels, and how it becomes PNG and SVG.

Seven inches are shown 700 pixels wide or less, so that no text is under 8 points; the ground is
white, since pages may be dark. What a colour says is said by a style, a place or a text too.
"""

import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart by every kind of colour vision.
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
LEGEND_LINE_IN = 0.2125  # 9 points with matplotlib's spacing

matplotlib.rcParams.update(
    {
        "text.parse_math": False,  # a label is what the user called it, dollar signs included
        "font.size": 10,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "legend.fontsize": 9,
        "svg.fonttype": "none",  # text stays text
        "svg.hashsalt": "cutoutbench",  # the same plot, the same bytes
    }
)


def canvas(height_in: float, width_in: float = WIDTH_IN) -> tuple[Figure, Axes]:
    """A white figure with one pair of axes."""
    figure = Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)  # so that texts can be measured before they are drawn
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def line_style(place: int) -> dict[str, Any]:
    """Colour and dashes of the row at ``place``; 32 are told apart, neighbours by both."""
    style = STYLES[(place + place // len(COLOURS)) % len(STYLES)]
    return {"color": COLOURS[place % len(COLOURS)], "ls": style}


def marker_style(place: int) -> dict[str, Any]:
    """Colour and marker of the row at ``place``; 56 are told apart, neighbours by both."""
    return {"color": COLOURS[place % len(COLOURS)], "marker": MARKERS[place % len(MARKERS)]}


def legend_below(figure: Figure, handles: Sequence[Any], columns: int = 2) -> None:
    """A legend under the axes; the figure grows by what it takes beyond its first line."""
    if handles:
        lines = math.ceil(len(handles) / columns)
        figure.set_figheight(figure.get_figheight() + LEGEND_LINE_IN * (lines - 1))
        figure.legend(handles=handles, frameon=False, loc="outside lower center", ncols=columns)


@contextmanager
def any_letters() -> Iterator[None]:
    """Letters that the font lacks become boxes in the PNG, without a word said."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def lay_out(figure: Figure) -> None:
    """Give everything its place, as drawing would."""
    if engine := figure.get_layout_engine():
        engine.execute(figure)


def text_on(colours: Colormap, share: float) -> str:
    """Black or white, whichever has more contrast on ``share`` (0..1) of a colour map.

    Source: WCAG 2.2, relative luminance and contrast ratio.
    """
    light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colours(share)]
    luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


def encoded(figure: Figure) -> dict[str, bytes]:
    """The plot's bytes by file ending. The same figure gives the same SVG bytes."""
    png, svg = io.BytesIO(), io.BytesIO()
    with any_letters():
        lay_out(figure)
        figure.set_layout_engine("none")  # once for both
        # Not savefig, which draws everything twice.
        FigureCanvasAgg(figure).print_png(  # type: ignore[no-untyped-call]
            png, metadata={"Software": None}
        )
        FigureCanvasSVG(figure).print_svg(  # type: ignore[no-untyped-call]
            svg, metadata={"Date": None, "Creator": None}
        )
    return {"png": png.getvalue(), "svg": svg.getvalue()}
