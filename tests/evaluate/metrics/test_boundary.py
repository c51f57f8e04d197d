"""Distances between outlines, against brute force and shapes whose answer is known."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from datasets.arrays import Mask
from evaluate.metrics.boundary import (
    BoundaryDistances,
    boundary_distances,
    edge_width_px,
)
from evaluate.metrics.outline_distances import outline_pixels
from evaluate.score.measures import measure
from evaluate.store.scores import Measuring
from tests.second_opinion import shapes


def square(left: int, side: int, shape: tuple[int, int] = (120, 160)) -> Mask:
    mask = np.zeros(shape, bool)
    mask[30 : 30 + side, left : left + side] = True
    return mask


@settings(max_examples=60, deadline=None)
@given(arrays(bool, (12, 9)), arrays(bool, (12, 9)))
def test_distances_are_those_of_the_definition(mask: Mask, truth: Mask) -> None:
    expected = shapes.distances(mask, truth, (1.5,))
    found = boundary_distances(mask, truth, 1.5)
    for name in ("mean", "hd95", "inside", "outside"):
        assert getattr(found, f"{name}_px") == pytest.approx(expected[name], abs=1e-4)
    assert found.surface_dice == pytest.approx(expected["surface_dice 1.5"])


def test_the_same_mask_is_no_distance_away() -> None:
    assert boundary_distances(square(40, 50), square(40, 50), 0) == BoundaryDistances(0, 0, 0, 0, 1)


def test_too_small_and_too_large_are_told_apart() -> None:
    truth = square(40, 50)
    small = cv2.erode(truth.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
    found = boundary_distances(small, truth, 2.9)
    assert 3 <= found.inside_px < 4  # corners are a little farther off
    assert (found.outside_px, found.surface_dice) == (0, 0)
    found = boundary_distances(truth, small, 3)
    assert found.inside_px == 0
    assert 3 <= found.outside_px < 4
    assert boundary_distances(small, truth).surface_dice is None


def test_a_shift_sticks_out_on_both_sides() -> None:
    found = boundary_distances(square(44, 50), square(40, 50))
    assert (found.inside_px, found.outside_px) == (4, 4)
    assert 0 < found.mean_px < 4


def test_nothing_against_something_is_as_far_as_can_be() -> None:
    nothing = np.zeros((120, 160), bool)
    far = math.hypot(120, 160)
    worst = BoundaryDistances(far, far, far, far, 0)
    assert (
        boundary_distances(nothing, square(40, 50), 1)
        == boundary_distances(square(40, 50), nothing, 1)
        == worst
    )
    assert boundary_distances(nothing, nothing, 1) == BoundaryDistances(0, 0, 0, 0, 1)


def test_a_mask_at_the_photos_edge_has_an_outline_there() -> None:
    full = np.ones((4, 5), bool)
    assert outline_pixels(full).sum() == 14
    assert boundary_distances(full, full).mean_px == 0


def test_the_width_of_a_soft_edge() -> None:
    """A ramp of 20 px around a disc is between 10 and 90 % over 16 of them."""
    y, x = np.mgrid[:300, :300] - 150.0
    alpha = np.rint(255 * np.clip((110 - np.hypot(x, y)) / 20, 0, 1)).astype(np.uint8)
    mask = alpha >= 128
    assert edge_width_px(alpha, mask) == pytest.approx(16, rel=0.08)
    assert edge_width_px(np.where(mask, 255, 0).astype(np.uint8), mask) == 0
    assert edge_width_px(alpha, np.zeros_like(mask)) is None


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 8))
def test_a_wider_blur_is_a_wider_edge(sigma: int) -> None:
    disc = cv2.circle(np.zeros((200, 200), np.uint8), (100, 100), 60, 255, -1)
    widths = []
    for s in (sigma, 2 * sigma):
        alpha = cv2.GaussianBlur(disc, (0, 0), s).astype(np.uint8)
        width = edge_width_px(alpha, alpha >= 128)
        assert width is not None
        widths.append(width)
    assert widths[0] == pytest.approx(2.56 * sigma, rel=0.1, abs=0.8)  # of a Gaussian's edge
    assert widths[1] > widths[0]


def test_the_share_within_the_clearance_hangs_on_the_scale() -> None:
    truth = square(40, 50)
    alpha = square(41, 48).astype(np.uint8) * np.uint8(255)  # to the right by one, and smaller
    near, far = (measure(alpha, truth, 0.1, Measuring(mm))["surface_dice"] for mm in (0.3, 0.05))
    assert near > far > 0
    assert "surface_dice" not in measure(alpha, truth, None, Measuring(0.3))
