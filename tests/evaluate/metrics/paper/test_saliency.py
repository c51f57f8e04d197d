"""Saliency measures against their definitions, and what stretching does."""

import numpy as np
import pytest

from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.saliency import saliency
from evaluate.metrics.paper.weighted_f import truth_field, weighted_f
from tests.evaluate.metrics.mask_pairs import Pair, drawn_truth, pairs
from tests.second_opinion import levels

EVERY = pairs()


@pytest.mark.parametrize("name", EVERY)
def test_they_are_what_the_formulas_say(name: str) -> None:
    alpha, truth = EVERY[name]
    found = saliency(level_counts(alpha, truth), stretched=False)
    assert found.mae == pytest.approx(levels.mae(alpha / 255, truth))
    for threshold in (0, 1, 100, 128, 255):
        cut = alpha >= threshold
        assert found.e_curve[threshold] == pytest.approx(levels.e_measure(cut, truth))
        assert found.f_curve[threshold] == pytest.approx(levels.f_measure(cut, truth))
    adaptive = alpha / 255 >= min(1, 2 * (alpha / 255).mean())
    assert found.e_adaptive == pytest.approx(levels.e_measure(adaptive, truth))
    assert found.f_adaptive == pytest.approx(levels.f_measure(adaptive, truth))
    assert found.s == pytest.approx(levels.s_measure(alpha / 255, truth))


def values(pair: Pair, *, stretched: bool) -> list[float]:
    alpha, truth = pair
    counts = level_counts(alpha, truth)
    found = saliency(counts, stretched=stretched)
    weighted = weighted_f(alpha, counts, truth_field(truth), stretched=stretched)
    return [found.s, float(found.f_curve.max()), weighted]


def test_a_map_nowhere_above_3_of_255_is_perfect_only_when_stretched() -> None:
    truth = drawn_truth(90, 120)
    pair = np.where(truth, np.uint8(3), np.uint8(0)), truth
    assert values(pair, stretched=True) == pytest.approx([1, 1, 1], abs=1e-6)
    stored = values(pair, stretched=False)
    assert stored[0] < 0.6
    assert stored[2] < 0.03


def test_quadrants_without_pixels_weigh_nothing() -> None:
    truth = np.zeros((6, 8), bool)
    truth[-1, -1] = True
    found = saliency(
        level_counts(np.where(truth, np.uint8(255), np.uint8(0)), truth), stretched=False
    )
    assert found.s == pytest.approx(1)


def test_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match="truth is"):
        level_counts(np.zeros((4, 4), np.uint8), np.zeros((4, 5), bool))


def test_an_empty_truth_is_cut_in_the_middle() -> None:
    alpha = np.zeros((4, 10), np.uint8)
    alpha[:, 6:] = 9  # half of them would be rows 0 and 1 and columns 0 to 4
    counts = level_counts(alpha, np.zeros((4, 10), bool)).quadrants
    assert counts.sum(axis=(1, 2)).tolist() == [3 * 6, 3 * 4, 6, 4]
    assert counts[:, 0, 9].tolist() == [0, 3 * 4, 0, 4]


def test_a_quadrant_without_foreground_is_alike_if_nothing_is_predicted_there() -> None:
    """Two corners: the other two quadrants have no foreground."""
    truth = np.zeros((12, 12), bool)
    truth[:4, :4] = truth[8:, 8:] = True
    alpha = np.where(truth, np.uint8(200), np.uint8(0))
    found = saliency(level_counts(alpha, truth), stretched=False)
    assert found.s == pytest.approx(levels.s_measure(alpha / 255, truth))
    alpha[10, 2] = 90
    less = saliency(level_counts(alpha, truth), stretched=False)
    assert less.s == pytest.approx(levels.s_measure(alpha / 255, truth))
    assert less.s < found.s - 0.05
