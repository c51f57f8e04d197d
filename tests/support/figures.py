"""What a plot shows: its axes, texts and legend."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure


def axes_of(figure: Figure) -> Axes:
    return figure.axes[0]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for one in figure.legends for text in one.get_texts()]
