"""The plots of pairs of rows: counts, significance, differences and margins."""

from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import to_hex

from evaluate.compare.head_to_head import MARGINS, compare_pairs
from evaluate.compare.statistics import Ranks
from evaluate.report.plots.pairs import plot_differences, plot_head_to_head, plot_margins
from evaluate.report.plots.ranking import plot_critical_difference
from evaluate.report.plots.style import (
    BLUE,
    GREY,
    VERMILLION,
)
from tests.evaluate.report.plotted import MARGIN, axes_of, comparison, drawn, ious, legend, texts


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
