"""Quality against speed, with the Pareto front."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator, NullFormatter
from matplotlib.transforms import Bbox

from evaluate.compare.statistics import Interval
from evaluate.display.text import short_labels
from evaluate.report.plots.style import (
    canvas,
    ignore_missing_glyphs,
    lay_out,
    legend_below,
    marker_style,
)

POINT_LABEL_LENGTH = 26
_CLEAR_PX = 12  # about half a line of text
# Candidate positions of a label, in points from its marker, the best first.
PLACES = [
    (x * reach, y * reach, across, up)
    for reach in (8, 14)
    for x, y, across, up in (
        (1, 0, "left", "center"),
        (0.6, 0.6, "left", "bottom"),
        (0.6, -0.6, "left", "top"),
        (-1, 0, "right", "center"),
        (-0.6, 0.6, "right", "bottom"),
        (-0.6, -0.6, "right", "top"),
        (0, 1, "center", "bottom"),
        (0, -1, "center", "top"),
    )
]


@dataclass(frozen=True)
class Point:
    """A row's median seconds per photo, and its median IoU with the interval if there is one.

    ``limited``: the seconds are a time-out's limit; the true value is higher.
    """

    seconds: float
    median: float
    interval: Interval | None = None
    limited: bool = False


def pareto(points: Mapping[str, Point]) -> list[str]:
    """The Pareto front, fastest first: no other label is as good in both and better in one."""
    best = [
        label
        for label, point in points.items()
        if not any(
            other.seconds <= point.seconds
            and other.median >= point.median
            and (other.seconds, other.median) != (point.seconds, point.median)
            for other in points.values()
        )
    ]
    return sorted(best, key=lambda label: points[label].seconds)


def plot_quality_speed(points: Mapping[str, Point]) -> Figure:
    """Each label's median IoU over its seconds; up and to the left is better.

    Rows with 0 seconds are left out, since the axis is logarithmic. A label stands beside its
    marker if there is room, else in the legend. An arrow marks ``limited`` seconds.
    """
    timed = {label: point for label, point in points.items() if point.seconds > 0}
    figure, axes = canvas(4.4)
    axes.grid(alpha=0.25)
    axes.set(xlabel="seconds per photo (log)", ylabel="median IoU, with its 95 % interval")
    if not timed:
        return figure
    _scale(axes, list(timed.values()))
    line = _pareto_line(axes, timed)
    markers = [_marker(axes, place, point) for place, point in enumerate(timed.values())]
    for marker, name in zip(markers, short_labels(timed, POINT_LABEL_LENGTH), strict=True):
        marker.set_label(name)
    legend_below(figure, [line])
    with ignore_missing_glyphs():
        lay_out(figure)  # positions are known from here on
        unplaced = _label(axes, timed, markers, line)
    if unplaced:
        figure.legends[0].remove()
        legend_below(figure, [line, *unplaced])
    return figure


def _scale(axes: Axes, points: Sequence[Point]) -> None:
    seconds = [point.seconds for point in points]
    low = min(point.interval.low if point.interval else point.median for point in points)
    high = max(point.interval.high if point.interval else point.median for point in points)
    room = max(0.02, 0.08 * (high - low))
    axes.set_xscale("log")
    axes.set_xlim(min(seconds) / 2, max(seconds) * 3)
    axes.set_ylim(max(low - room, -0.03), min(high + room, 1.03))
    narrow = max(seconds) < 50 * min(seconds)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,)))
    axes.xaxis.set_major_formatter("{x:g}")
    axes.xaxis.set_minor_formatter(NullFormatter())


def _pareto_line(axes: Axes, points: Mapping[str, Point]) -> Line2D:
    """Steps along the Pareto front; every row to the right of and below them is dominated."""
    front = [points[label] for label in pareto(points)]
    seconds = [point.seconds for point in front]
    medians = [point.median for point in front]
    left, right = axes.get_xlim()
    bottom, _ = axes.get_ylim()
    (line,) = axes.plot(
        [seconds[0], *seconds, right],
        [bottom, *medians, medians[-1]],
        drawstyle="steps-post", color="#666666", lw=1.2, ls="--", zorder=1,
        label="Pareto front: no row is better in both",
    )  # fmt: skip
    axes.set_xlim(left, right)
    return line


def _marker(axes: Axes, place: int, point: Point) -> Line2D:
    look = marker_style(place)
    above = 3 - place / 1000  # better rows on top
    if point.interval:
        axes.vlines(
            point.seconds, point.interval.low, point.interval.high, color=look["color"],
            lw=1.2, alpha=0.6, zorder=2,
        )  # fmt: skip
    if point.limited:
        axes.annotate(
            "", (point.seconds, point.median), (22, 0), textcoords="offset points",
            arrowprops={"arrowstyle": "<-", "color": look["color"]},
        )  # fmt: skip
    (marker,) = axes.plot(
        point.seconds, point.median, ms=8, ls="", mec="white", mew=0.8, zorder=above, **look
    )
    return marker


def _label(
    axes: Axes,
    points: Mapping[str, Point],
    markers: Sequence[Line2D],
    line: Line2D,
) -> list[Artist]:
    """Write labels beside their markers; returns the markers whose labels found no room."""
    arrows = [arrow.get_window_extent() for arrow in axes.texts]
    boxes = [marker.get_window_extent().padded(_CLEAR_PX) for marker in markers]
    written: list[Bbox] = []
    drawn = [line.get_path(), *(path for bar in axes.collections for path in bar.get_paths())]
    paths = [axes.transData.transform_path(path) for path in drawn]
    unplaced: list[Artist] = []
    for i, (marker, point) in enumerate(zip(markers, points.values(), strict=True)):
        others = boxes[:i] + boxes[i + 1 :]  # a label must not appear to belong to another marker
        note = axes.annotate(
            str(marker.get_label()), (point.seconds, point.median), (0, 0), fontsize=9,
            textcoords="offset points", in_layout=False, zorder=4,
        )  # fmt: skip
        if _place_label(note, [*arrows, *written, *others], paths, axes.bbox):
            written.append(note.get_window_extent())
        else:
            note.remove()
            unplaced.append(marker)
    return unplaced


def _place_label(note: Annotation, taken: list[Bbox], paths: list[Path], room: Bbox) -> bool:
    """Move a label to the first position where it covers nothing; False if there is none."""
    for x, y, across, up in PLACES:
        note.set(position=(x, y), ha=across, va=up)
        box = note.get_window_extent()
        if (
            room.x0 <= box.x0
            and box.x1 <= room.x1
            and room.y0 <= box.y0
            and box.y1 <= room.y1
            and not box.count_overlaps(taken)
            and not any(path.intersects_bbox(box, filled=False) for path in paths)
        ):
            return True
    return False
