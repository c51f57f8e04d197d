"""Plots: positions, colours and texts of what they show; pixels are not compared."""

import dataclasses
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer

from evaluate.compare.slices import Slice
from evaluate.compare.statistics import Interval
from evaluate.display.text import cut_middle, head_and_tail, short_labels
from evaluate.report.picture_names import PLOT_FILES, PLOT_TEXTS, PLOT_TITLES
from evaluate.report.plots.distribution import Outcome, plot_ecdf, plot_failure_modes
from evaluate.report.plots.slice_heat import MOST_SLICES, plot_slice_heat
from evaluate.report.plots.speed import Point, pareto, plot_quality_speed
from evaluate.report.plots.style import (
    DIVERGING,
    RISING,
    encode_plot,
    line_style,
    marker_style,
    text_on,
)
from tests.evaluate.report.plotted import axes_of, comparison, drawn, legend, row, texts
from tests.support.commands import Command

WITHOUT_VOTES = [name for name in PLOT_TEXTS if name != "votes"]
HOSTILE = ["$x_1$", "_begins so", "<b>&amp;</b> \"'|", "two\nlines \x00", "分割 \udc80", "l" * 200]


def test_each_row_has_a_curve_of_its_own_style() -> None:
    figure = plot_ecdf({"A": [0.5, 0.9], "B": [0.9, 0.5], "$C_1$": [1.0, 1.0]})
    lines = axes_of(figure).lines
    assert legend(figure) == ["A", "B", "$C_1$"]
    assert np.asarray(lines[0].get_xdata()).tolist() == [0, 0.5, 0.9, 0.9]
    assert np.asarray(lines[0].get_ydata()).tolist() == [1, 1, 0.5, 0]  # of photos at or above
    assert lines[0].get_drawstyle() == "steps-pre"
    looks = {(to_hex(str(one["color"])), one["ls"]) for one in map(line_style, range(32))}
    assert len(looks) == 32
    markers = {(str(one["color"]), one["marker"]) for one in map(marker_style, range(56))}
    assert len(markers) == 56


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


@pytest.mark.parametrize("colours", [DIVERGING, RISING])
def test_texts_are_legible_on_every_colour(colours: Any) -> None:
    def luminance(rgb: Any) -> float:
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb[:3]]
        return float(np.dot(light, [0.2126, 0.7152, 0.0722]))

    for share in np.linspace(0, 1, 101):
        ground = luminance(colours(share)) + 0.05
        ink = 0.05 if text_on(colours, share) == "black" else 1.05
        assert max(ink, ground) / min(ink, ground) >= 4.5  # WCAG AA


def test_failure_modes_count_every_photo_once() -> None:
    outcomes = {
        "A": Outcome([0.95, 0.9, 0.7, 0.1, 0.05, 0, 0], {"timeout": 2}),
        "N/A": Outcome([0.0] * 7, {"load-failed": 7}),
    }
    figure = plot_failure_modes(outcomes)
    bars = [one for one in axes_of(figure).containers if isinstance(one, BarContainer)]
    widths = {str(bar.get_label()): [p.get_width() for p in bar.patches] for bar in bars}
    assert widths == {
        "IoU above 0.9": [1, 0],
        "above 0.7": [1, 0],
        "0.1 to 0.7": [2, 0],
        "under 0.1: missed": [1, 0],
        "failed: load-failed": [0, 7],
        "failed: timeout": [2, 0],
    }
    assert bars[-1].patches[0].get_x() == 5
    assert legend(figure) == list(widths)


def test_slices_mark_their_best_row_and_those_that_differ_most_are_kept() -> None:
    cuts = [Slice(f"dull={i}", ("p",) * 7) for i in range(MOST_SLICES)] + [
        Slice("chrome", ("p",) * 9)
    ]
    overall = {"A": 0.9, "B": 0.8}
    medians = {
        "A": {cut.name: 0.9 for cut in cuts} | {"chrome": 0.5},
        "B": {cut.name: 0.8 for cut in cuts} | {"chrome": 0.75},
    }
    figure = plot_slice_heat(overall, medians, cuts, 40)
    axes = axes_of(figure)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[0] == "all photos  n=40"
    assert names[-1] == "chrome  n=9"
    assert len(names) == MOST_SLICES + 1
    assert texts(axes)[:2] == [".900", ".800"]
    assert texts(axes)[-2:] == [".500", ".750"]
    assert [text.get_fontweight() for text in axes.texts[-2:]] == ["normal", "bold"]
    equal = plot_slice_heat(overall | {"B": 0.9}, {"A": medians["A"], "B": medians["A"]}, cuts, 40)
    assert {text.get_fontweight() for text in axes_of(equal).texts} == {"normal"}


def test_uninformative_plots_are_not_drawn() -> None:
    every = drawn(comparison(["A", "B", "C"]))
    assert list(every) == WITHOUT_VOTES
    titles = {name: figure.get_suptitle() for name, figure in every.items()}
    assert titles == {name: PLOT_TITLES[name] for name in WITHOUT_VOTES}
    assert list(drawn(comparison(["A"]))) == ["ecdf", "fit", "failure-modes", "slices"]
    assert drawn(comparison([])) == {}
    failed = row("none", np.zeros(40), {"load-failed": 40}, None)
    assert list(drawn(dataclasses.replace(comparison([]), rows=(failed,)))) == ["failure-modes"]


@pytest.mark.parametrize("labels", [HOSTILE, ["same", "same "], [f"m{i}" for i in range(20)]])
def test_any_labels_and_any_number_of_rows(labels: list[str]) -> None:
    for name, figure in drawn(comparison(labels, photos=20)).items():
        found = encode_plot(figure)
        assert found["png"].startswith(b"\x89PNG")
        root = ElementTree.fromstring(found["svg"])  # noqa: S314 - our own
        assert float(root.attrib["width"].removesuffix("pt")) >= 7 * 72
        if name not in ("critical-difference", "slices"):
            texts = ["".join(element.itertext()) for element in root.iter()]
            assert any(short_labels(labels)[0] in text for text in texts)


def test_the_same_comparison_gives_the_same_svg() -> None:
    first, again = (
        {name: encode_plot(figure)["svg"] for name, figure in drawn(comparison(["A", "B"])).items()}
        for _ in range(2)
    )
    assert first == again
    assert list(first) == WITHOUT_VOTES
    assert not any(b"<dc:date>" in svg for svg in first.values())


def test_labels_are_cut_in_the_middle_and_stay_distinct() -> None:
    assert short_labels(["GrabCut", "ISNet (rembg) [source=npm,input=1024]"], 20) == [
        "GrabCut",
        "ISNet (rem…put=1024]",
    ]
    assert short_labels(["x" * 50, "x" * 60], 10) == ["xxxxx…xxxx #1", "xxxxx…xxxx #2"]
    assert cut_middle("bench 2024-05-01 12.31.55", 12) == "bench…31.55"
    assert [cut_middle("bench", length) for length in (1, 4, 5)] == ["…", "be…h", "bench"]
    assert head_and_tail("bench 2024-05-01 12.31.55", 9) == ("bench 2024-05-01", " 12.31.55")
    assert head_and_tail("bench", 9) == ("bench", "")


def test_the_page_shows_every_plot_and_stale_ones_are_removed(
    command: Command, tmp_path: Path
) -> None:
    assert command("eval", "model=otsu,background", "limit=8", "plots=true").returncode == 0
    (written,) = (tmp_path / "reports").glob("*/comparison.md")
    folder, page = written.parent, written.read_text()
    assert {name for name in PLOT_FILES if (folder / name).exists()} == {
        name for name in PLOT_FILES if f"({name})" in page
    }
    assert f"[![{PLOT_TEXTS['head-to-head']}](head-to-head.png)](head-to-head.svg)" in page
    assert page.index("### Head-to-head") < page.index("### Plots") < page.index("[![")
    shutil.rmtree(folder / "runs" / "background")
    assert command("compare", "limit=8", "plots=true").returncode == 0
    assert not (folder / "head-to-head.png").exists()
    assert "head-to-head.png" not in written.read_text()
