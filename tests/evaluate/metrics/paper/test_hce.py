"""The human correction effort, and the skeleton that it needs, on cases that can be counted."""

import numpy as np
import pytest

from datasets.arrays import Mask
from evaluate.metrics.paper.hce import hce
from evaluate.metrics.paper.skeleton import AROUND, REMOVED, skeleton
from tests.evaluate.metrics.mask_pairs import drawn_truth, pairs


def slow_skeleton(mask: Mask) -> Mask:
    plane = np.pad(mask, 1)
    while True:
        before = plane.copy()
        for removed in REMOVED:
            code = sum(np.roll(plane, (-dy, -dx), (0, 1)) << n for n, (dy, dx) in enumerate(AROUND))
            plane = plane & ~removed[code]
        if np.array_equal(before, plane):
            return plane[1:-1, 1:-1]


@pytest.mark.parametrize("name", pairs())
def test_the_skeleton_is_that_of_every_pixel_judged_in_turn(name: str) -> None:
    _, truth = pairs()[name]
    np.testing.assert_array_equal(skeleton(truth), slow_skeleton(truth))


def square(top: int, left: int, side: int) -> Mask:
    mask = np.zeros((120, 160), bool)
    mask[top : top + side, left : left + side] = True
    return mask


def test_a_right_mask_costs_nothing() -> None:
    truth = drawn_truth(120, 160)
    assert hce(truth, truth) == 0
    assert hce(square(0, 0, 0), square(0, 0, 0)) == 0


def test_a_stray_region_costs_one_click() -> None:
    truth = square(10, 10, 40)
    assert hce(truth | square(70, 100, 30), truth) == 1


def test_an_error_thinner_than_the_relaxation_costs_nothing() -> None:
    truth = square(20, 20, 60)
    assert hce(square(18, 18, 64), truth) == 0


def test_a_bulge_costs_the_corners_of_its_seam() -> None:
    truth = square(20, 20, 60)
    assert hce(truth | square(30, 80, 40), truth) == 2


def test_a_kept_skeleton_gives_the_same() -> None:
    truth = drawn_truth(120, 160)
    assert hce(square(20, 20, 60), truth, skeleton(truth)) == hce(square(20, 20, 60), truth) > 10
