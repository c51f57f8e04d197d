"""Plots of the paper metrics: what their lines and dots stand for."""

import numpy as np

from evaluate.report.plots.paper_curves import plot_iou_threshold, plot_paper_curves
from evaluate.report.plots.style import encode_plot
from tests.evaluate.report.plotted import axes_of, legend, texts

RISING = np.linspace(0, 1, 256)
HAT = 1 - np.abs(RISING - 0.6)


def test_the_threshold_in_use_is_marked_on_every_line() -> None:
    figure = plot_iou_threshold({"A": RISING.tolist(), "$B_1$": HAT.tolist()}, 100)
    assert legend(figure) == ["A", "$B_1$"]
    assert texts(axes_of(figure)) == ["threshold 100"]
    mark, *lines = axes_of(figure).lines
    assert set(np.asarray(mark.get_xdata()).tolist()) == {100}
    assert [len(np.asarray(line.get_ydata())) for line in lines] == [255, 255, 1, 1]
    dots = [(line.get_xdata()[0], line.get_ydata()[0]) for line in lines[2:]]  # type: ignore[index]
    assert dots == [(100, RISING[100]), (100, HAT[100])]
    assert encode_plot(figure)["png"]


def test_dots_mark_maxima_and_binary_masks() -> None:
    soft = {"precision": RISING, "recall": RISING[::-1], "f": HAT, "e": RISING}
    binary = {name: np.full(256, 0.5) for name in soft}
    figure = plot_paper_curves({"Soft": soft, "Binary": binary})  # type: ignore[dict-item]
    assert legend(figure) == ["Soft", "Binary"]
    precision, f, e = (
        [(float(x[0]), float(y[0])) for x, y in (ln.get_data() for ln in axes.lines) if len(x) == 1]  # type: ignore[arg-type,index]
        for axes in figure.axes
    )
    assert precision == [(0.5, 0.5)]
    assert f == [(153, HAT[153]), (0, 0.5)]
    assert e == [(255, 1), (0, 0.5)]
