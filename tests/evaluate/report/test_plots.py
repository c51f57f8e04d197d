"""Plots: positions, colours and texts of what they show; pixels are not compared."""

import dataclasses
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.figure import Figure

from evaluate.compare.analysis import analyse
from evaluate.compare.comparison import Comparison
from evaluate.compare.head_to_head import MARGINS, compare_pairs
from evaluate.compare.row import Row, Times
from evaluate.compare.slices import Slice
from evaluate.compare.statistics import Ranks
from evaluate.display.text import short_labels
from evaluate.report import plots
from evaluate.report.plots.choose import PLOT_TEXTS
from evaluate.report.plots.distribution import Outcome, plot_ecdf, plot_failure_modes
from evaluate.report.plots.pairs import plot_differences, plot_head_to_head, plot_margins
from evaluate.report.plots.ranking import plot_critical_difference
from evaluate.report.plots.slice_heat import MOST_SLICES, plot_slice_heat
from evaluate.report.plots.style import (
    BLUE,
    DIVERGING,
    GREY,
    RISING,
    VERMILLION,
    encode_plot,
    line_style,
    marker_style,
    text_on,
)
from evaluate.store.scores import Scoring
from tests.support.commands import Command
from tests.support.figures import axes_of, legend, texts

MARGIN = 0.02
HOSTILE = ["$x_1$", "_begins so", "<b>&amp;</b> \"'|", "two\nlines \x00", "分割 \udc80", "l" * 200]


def ious(values: np.ndarray) -> dict[str, float]:
    return {f"p{i:03}": float(value) for i, value in enumerate(values)}


def row(label: str, values: np.ndarray, failures: Mapping[str, int], seconds: float | None) -> Row:
    blank: dict[str, Any] = {field.name: 0 for field in dataclasses.fields(Row)}
    times = None if seconds is None else Times(seconds, seconds, seconds, (), len(values))
    named = {"row": label, "label": label, "ious": ious(values), "device": "cpu", "facts": {}}
    return Row(**{**blank, **named, "failures": failures, "times": times})


def comparison(labels: list[str], photos: int = 40, spread: float = 0.1) -> Comparison:
    """Rows, each worse than the one before, on a dataset with two strata."""
    rng = np.random.default_rng(0)
    hard = rng.beta(2, 12, photos)
    rows = tuple(
        row(label, np.clip(1 - hard * (1 + spread * i), 0, 1), {}, 0.1 * (i + 1))
        for i, label in enumerate(labels)
    )
    scoring = Scoring("", "", "", 128, "")
    known = {i: {"stratum": "chrome" if i < "p015" else "matte"} for i in ious(hard)}
    return Comparison(scoring, photos, known, rows, (), (), MARGIN)


def drawn(compared: Comparison) -> dict[str, Figure]:
    found = plots.choose_plots(analyse(compared))
    return {picture.name: picture.figure for picture in found}


def test_each_row_has_a_curve_of_its_own_style() -> None:
    figure = plot_ecdf({"A": [0.5, 0.9], "B": [0.9, 0.5], "$C_1$": [1.0, 1.0]})
    lines = axes_of(figure).lines
    assert legend(figure) == ["A", "B", "$C_1$"]
    assert set(np.asarray(lines[0].get_xdata()).tolist()) >= {0.5, 0.9}
    looks = {(to_hex(str(one["color"])), one["ls"]) for one in map(line_style, range(32))}
    assert len(looks) == 32
    markers = {(str(one["color"]), one["marker"]) for one in map(marker_style, range(56))}
    assert len(markers) == 56


def test_the_matrix_has_counts_and_marks_significance() -> None:
    rng = np.random.default_rng(1)
    base = rng.beta(9, 2, 60)
    rows = {"A": ious(base), "B": ious(base + rng.normal(0, 0.03, 60)), "C": ious(base - 0.2)}
    found = compare_pairs(rows, {}, MARGIN)
    figure = plot_head_to_head(list(rows), found)
    by_pair = {(d.first, d.second): d for d in found}
    a_b = by_pair["A", "B"]
    cells = np.array(texts(axes_of(figure))).reshape(3, 3)
    assert cells[0, 1] == f"{a_b.wins}–{a_b.ties}–{a_b.losses}"
    assert cells[1, 0] == f"{a_b.losses}–{a_b.ties}–{a_b.wins}"
    assert cells[0, 2] == "60–0–0"
    bold = [text.get_fontweight() == "bold" for text in axes_of(figure).texts]
    assert np.array(bold).reshape(3, 3)[0].tolist() == [False, a_b.p_holm < 0.05, True]
    assert len(axes_of(figure).patches) == sum(bold)  # framed
    (mesh,) = (c for c in axes_of(figure).collections if isinstance(c, QuadMesh))
    values: Any = np.ma.filled(np.ma.asarray(mesh.get_array()), np.nan).reshape(3, 3)
    assert values[0, 2] == 1
    assert values[2, 0] == -1
    assert np.isnan(values.diagonal()).all()
    labels = [label.get_text() for label in axes_of(figure).get_yticklabels()]
    assert labels == ["A  1", "B  2", "C  3"]


def test_a_wide_matrix_stacks_its_counts() -> None:
    figure = drawn(comparison([f"model {i}" for i in range(12)], spread=0.3))["head-to-head"]
    wins, ties, losses = map(int, texts(axes_of(figure))[11].split("\n"))
    assert wins + ties + losses == 40
    assert wins > losses


@pytest.mark.parametrize("colours", [DIVERGING, RISING])
def test_texts_are_legible_on_every_colour(colours: Any) -> None:
    def luminance(rgb: Any) -> float:
        light = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb[:3]]
        return float(np.dot(light, [0.2126, 0.7152, 0.0722]))

    for share in np.linspace(0, 1, 101):
        ground = luminance(colours(share)) + 0.05
        ink = 0.05 if text_on(colours, share) == "black" else 1.05
        assert max(ink, ground) / min(ink, ground) >= 4.5  # WCAG AA


def test_mean_ranks_are_to_scale_and_bars_join_equal_rows() -> None:
    ranks = Ranks((1.2, 3.0, 1.8), friedman_p=0.0004, critical_difference=0.7)
    figure = plot_critical_difference(["A", "B", "C"], ranks)
    axes = axes_of(figure)
    assert {"A  1.20", "C  1.80", "3.00  B"} < set(texts(axes))
    assert "critical difference 0.70" in texts(axes)
    assert "Friedman's p <0.001" in texts(axes)
    (bar,) = (line for line in axes.lines if str(line.get_gid()).startswith("bar"))
    ticks = {t.get_text(): t.get_position()[0] for t in axes.texts if t.get_text() in ("1", "3")}
    inches = (ticks["3"] - ticks["1"]) / 2
    start, end = np.asarray(bar.get_xdata())
    assert start < ticks["1"] + 0.2 * inches < ticks["1"] + 0.8 * inches < end
    assert end - start == pytest.approx(0.6 * inches + 0.08)


def test_differences_are_sorted_and_coloured_by_outcome() -> None:
    figure = plot_differences("A", "B", [0.05, -0.3, 0.02, 0.0, 0.4], MARGIN)
    bars = [c for c in axes_of(figure).collections if isinstance(c, LineCollection)]
    shape = {
        to_hex(np.asarray(one.get_colors())[0]): [end.tolist() for _, end in one.get_segments()]
        for one in bars
    }
    assert shape == {
        to_hex(BLUE): [[1, 0.4], [2, 0.05]],
        to_hex(GREY): [[3, 0.02], [4, 0.0]],
        to_hex(VERMILLION): [[5, -0.3]],
    }
    assert legend(figure) == ["A better: 2", "tied, within ±0.02: 2", "B better: 1"]


def test_the_curve_over_the_margin() -> None:
    curve = [(10 - i, 2 * i, 10 - i) for i in range(len(MARGINS))]
    figure = plot_margins("A", "B", curve, 0.015)
    won, tied, lost, used = axes_of(figure).lines
    assert list(np.asarray(won.get_xdata())) == list(MARGINS)
    assert np.asarray(tied.get_ydata()).tolist() == [2 * i for i in range(len(MARGINS))]
    assert len({won.get_linestyle(), tied.get_linestyle(), lost.get_linestyle()}) == 3
    assert set(np.asarray(used.get_xdata())) == {0.015}


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
    assert list(drawn(comparison(["A", "B", "C"]))) == list(PLOT_TEXTS)
    assert list(drawn(comparison(["A"]))) == ["ecdf", "failure-modes", "slices"]
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
    assert list(first) == list(PLOT_TEXTS)
    assert not any(b"<dc:date>" in svg for svg in first.values())


def test_labels_are_cut_in_the_middle_and_stay_distinct() -> None:
    assert short_labels(["GrabCut", "ISNet (rembg) [source=npm,input=1024]"], 20) == [
        "GrabCut",
        "ISNet (rem…put=1024]",
    ]
    assert short_labels(["x" * 50, "x" * 60], 10) == ["xxxxx…xxxx #1", "xxxxx…xxxx #2"]


def test_the_page_shows_every_plot_and_stale_ones_are_removed(
    command: Command, tmp_path: Path
) -> None:
    assert command("eval", "model=otsu", "limit=8").returncode == 0
    assert command("eval", "model=background", "limit=8").returncode == 0
    (written,) = (tmp_path / "reports").glob("*/comparison.md")
    folder, page = written.parent, written.read_text()
    assert {name for name in plots.FILES if (folder / name).exists()} == {
        name for name in plots.FILES if f"({name})" in page
    }
    assert f"[![{PLOT_TEXTS['head-to-head']}](head-to-head.png)](head-to-head.svg)" in page
    shutil.rmtree(folder / "runs" / "background")
    assert command("compare", "limit=8").returncode == 0
    assert not (folder / "head-to-head.png").exists()
    assert "head-to-head.png" not in written.read_text()
