"""The plot of quality against speed: its Pareto line, labels and intervals."""

from matplotlib.collections import LineCollection

from evaluate.compare.statistics import Interval
from evaluate.report.plots.speed import Point, pareto, plot_quality_speed
from tests.support.figures import axes_of, legend, texts


def test_the_pareto_line_joins_rows_that_are_not_dominated() -> None:
    points = {
        "slow and best": Point(3.0, 0.95),
        "fast": Point(0.1, 0.6),
        "beaten": Point(1.0, 0.5),
        "as good but slower": Point(0.2, 0.6),
        "its equal": Point(0.1, 0.6),
    }
    assert pareto(points) == ["fast", "its equal", "slow and best"]
    figure = plot_quality_speed(points)
    line = axes_of(figure).lines[0]
    corners = list(zip(line.get_xdata(), line.get_ydata(), strict=True))  # type: ignore[arg-type]
    assert corners[1:-1] == [(0.1, 0.6), (0.1, 0.6), (3.0, 0.95)]


def test_every_point_is_labelled_once() -> None:
    names = [f"model {i}" for i in range(12)]
    apart = plot_quality_speed({n: Point(2.0**i, 0.1 + 0.07 * i) for i, n in enumerate(names)})
    assert texts(axes_of(apart)) == names
    assert len(legend(apart)) == 1
    heap = plot_quality_speed({n: Point(1 + i / 1e4, 0.5) for i, n in enumerate(names)})
    assert sorted(texts(axes_of(heap)) + legend(heap)[1:]) == sorted(names)
    assert len(legend(heap)) > 6


def test_intervals_are_bars_and_rows_without_seconds_are_left_out() -> None:
    figure = plot_quality_speed(
        {"A": Point(0.5, 0.8, Interval(0.7, 0.9)), "B": Point(1.0, 0.5), "none": Point(0, 0.99)}
    )
    (bar,) = (c for c in axes_of(figure).collections if isinstance(c, LineCollection))
    assert bar.get_segments()[0].tolist() == [[0.5, 0.7], [0.5, 0.9]]
    assert texts(axes_of(figure)) == ["A", "B"]
    limited = plot_quality_speed({"A": Point(90, 0.8, limited=True), "B": Point(1.0, 0.5)})
    assert [text.arrow_patch is not None for text in axes_of(limited).texts if not text.get_text()]  # type: ignore[attr-defined]
