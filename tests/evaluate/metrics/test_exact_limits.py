"""Limits of the metrics, to the pixel and to the level: right at them, and one beyond."""

import numpy as np
import pytest

from datasets.arrays import Mask
from evaluate.metrics.boundary import edge_width_px, outline_px
from evaluate.metrics.iou import pack
from evaluate.metrics.paper.matting import matting_differences
from evaluate.metrics.working_scale import View, view


def box(top: int, left: int, height: int, width: int, shape: tuple[int, int] = (300, 400)) -> Mask:
    mask = np.zeros(shape, bool)
    mask[top : top + height, left : left + width] = True
    return mask


def test_levels_from_26_to_229_are_a_soft_edge() -> None:
    """10 % of 255 is 25.5, 90 % is 229.5."""
    mask = box(50, 60, 20, 30)
    alpha = mask.astype(np.uint8) * np.uint8(255)
    levels = (0, 1, 25, 26, 27, 128, 228, 229, 230, 254)
    alpha[200, : len(levels)] = levels
    assert edge_width_px(alpha, mask) == pytest.approx(5 / outline_px(mask))


def test_an_outline_is_as_long_as_its_contours_with_holes() -> None:
    mask = box(50, 60, 20, 30)
    assert outline_px(mask) == 2 * (19 + 29)
    mask[60:65, 70:80] = False
    assert outline_px(mask) == pytest.approx(2 * (19 + 29) + 2 * (4 + 9) + 4 * 2**0.5)
    assert outline_px(np.zeros_like(mask)) == 0


def test_levels_are_packed_alike_on_both_sides_of_a_block() -> None:
    levels = np.random.default_rng(0).integers(0, 256, (1500, 1501), np.uint8)
    packed = pack(levels)
    np.testing.assert_array_equal(packed.bits, pack(levels >= 128).bits)
    assert packed.area == np.count_nonzero(levels >= 128)


def test_a_photo_is_shrunk_to_1000_px_and_never_grown() -> None:
    seen = view(np.zeros((1500, 900, 3), np.uint8), box(0, 0, 750, 900, (1500, 900)))
    assert (seen.image.shape, seen.truth.shape, seen.scale) == ((1000, 600, 3), (1000, 600), 2 / 3)
    assert seen.truth.sum() == 500 * 600
    for longest in (999, 1000):
        kept = view(np.zeros((20, longest, 3), np.uint8), box(0, 0, 5, 5, (20, longest)))
        assert (kept.image.shape, kept.scale) == ((20, longest, 3), 1)
    more = view(np.zeros((20, 1001, 3), np.uint8), box(0, 0, 5, 5, (20, 1001)))
    assert (more.image.shape[1], more.scale) == (1000, 1000 / 1001)


@pytest.mark.parametrize(
    ("shape", "scale", "slack"),
    [((10, 20), 1.0, 3), ((10, 20), 0.5, 1.5), ((10, 20), 0.4, 1.5), ((1000, 20), 0.5, 6)],
)
def test_the_slack_is_3_px_of_the_photo_or_more(
    shape: tuple[int, int], scale: float, slack: float
) -> None:
    seen = View(np.zeros((*shape, 3), np.uint8), np.zeros(shape, bool), scale)
    assert seen.slack_px == pytest.approx(slack)


def test_matting_differences_are_of_the_prediction_from_the_truth() -> None:
    truth = np.zeros((40, 40), np.uint8)
    truth[5:20, 5:20] = 255
    alpha = truth.copy()
    alpha[30:35, 30:35] = 200  # connected to nothing
    found = matting_differences(alpha, truth)
    assert found.levels[32, 32] == 200 / 255
    assert found.connectivity[32, 32] == -200 / 255
    assert found.connectivity[10, 10] == 0
    assert found.gradient[30, 32] > 0
    with pytest.raises(ValueError, match="truth is"):
        matting_differences(alpha, truth[:1])
