"""Overlap and outline measures on cases with known values, and against slow references."""

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from evaluate.metrics.outline_distances import outline_pixels
from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.outlines import (
    boundary_iou_width,
    inner_border,
    outline_fit,
    tolerance_px,
)
from evaluate.metrics.paper.overlap import Overlap, iou_curve, overlap
from tests.evaluate.metrics.mask_pairs import pairs
from tests.second_opinion import shapes

EVERY = pairs()


@pytest.mark.parametrize("name", EVERY)
def test_overlap_counts_pixels(name: str) -> None:
    alpha, truth = EVERY[name]
    counts = level_counts(alpha, truth)
    for threshold in (1, 128, 255):
        cut = alpha >= threshold
        both, either, found = (cut & truth).sum(), (cut | truth).sum(), overlap(counts, threshold)
        assert found.iou == iou_curve(counts)[threshold] == (both / either if either else 1)
        assert found.dice == pytest.approx(2 * found.iou / (1 + found.iou))
        if cut.any() and truth.any():
            assert (found.precision, found.recall) == (both / cut.sum(), both / truth.sum())


def test_overlap_of_empty_masks() -> None:
    black, empty = np.zeros((4, 4), np.uint8), np.zeros((4, 4), bool)
    assert overlap(level_counts(black, empty)) == Overlap(1, 1, 1, 1)
    assert overlap(level_counts(black, ~empty)) == Overlap(0, 0, 0, 0)
    assert overlap(level_counts(black + 255, empty)) == Overlap(0, 0, 0, 0)


@pytest.mark.parametrize("name", ["soft 90x120", "half 90x120", "sheet 90x120", "blobs 0"])
def test_distances_are_those_of_all_pairs(name: str) -> None:
    alpha, truth = EVERY[name]
    fit = outline_fit(alpha >= 128, truth)
    table = cdist(*(np.argwhere(outline_pixels(m)) for m in (alpha >= 128, truth)))
    a, b = table.min(axis=1), table.min(axis=0)
    assert fit.hausdorff_px == pytest.approx(max(a.max(), b.max()))
    assert fit.hd95_px == pytest.approx(max(np.percentile(a, 95), np.percentile(b, 95)))
    assert fit.assd_px == pytest.approx((a.sum() + b.sum()) / (a.size + b.size))
    for tolerance in (0, 2, 5):
        p, r = (a <= tolerance).mean(), (b <= tolerance).mean()
        assert fit.boundary_f(tolerance) == pytest.approx(2 * p * r / (p + r) if p + r else 0)
        near = (a <= tolerance).sum() + (b <= tolerance).sum()
        assert fit.surface_dice(tolerance) == pytest.approx(near / (a.size + b.size))


def test_outlines_of_empty_masks() -> None:
    empty, some = np.zeros((30, 40), bool), np.eye(30, 40, dtype=bool)
    both, one = outline_fit(empty, empty), outline_fit(empty, some)
    assert (both.both_empty, one.both_empty, outline_fit(some, some).both_empty) == (1, 0, 0)
    assert (both.hausdorff_px, both.hd95_px, both.assd_px) == (0, 0, 0)
    assert (one.hausdorff_px, one.hd95_px, one.assd_px) == (50, 50, 50)
    assert both.boundary_f(1) == both.surface_dice(1) == 1
    assert one.boundary_f(1) == one.surface_dice(1) == 0


@pytest.mark.parametrize("width", [1, 3, 8])
def test_the_inner_border_is_within_a_square_of_the_outside(width: int) -> None:
    _, truth = EVERY["soft 90x120"]
    np.testing.assert_array_equal(inner_border(truth, width), shapes.inner_border(truth, width))
    assert inner_border(np.ones((40, 50), bool), width).sum() == 2000 - (40 - 2 * width) * (
        50 - 2 * width
    )


def test_boundary_iou_uses_two_percent_of_the_diagonal() -> None:
    assert boundary_iou_width((240, 320)) == 8
    assert boundary_iou_width((3, 4)) == 1


def test_tolerances_convert_to_px() -> None:
    assert tolerance_px((300, 400), px=3) == 3
    assert tolerance_px((300, 400), mm=1, mm_per_px=0.25) == 4
    assert tolerance_px((300, 400), share=0.008) == pytest.approx(0.008 * math.hypot(300, 400))
    with pytest.raises(ValueError, match="mm_per_px"):
        tolerance_px((300, 400), mm=1)
