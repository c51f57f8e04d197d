"""What a change of both masks must do to the metrics: nothing, or something known."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from evaluate.metrics.boundary import boundary_distances
from evaluate.metrics.iou import iou
from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.matting import matting_differences
from evaluate.metrics.paper.outlines import inner_border, outline_fit
from evaluate.metrics.paper.overlap import overlap
from evaluate.metrics.paper.saliency import saliency
from evaluate.metrics.paper.weighted_f import truth_field, weighted_f
from tests.metamorphic.examples import EXAMPLES


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    """An alpha (uint8) and a truth (bool) of one size, up to 14 px."""
    shape = draw(array_shapes(min_dims=2, max_dims=2, max_side=14))
    levels = st.sampled_from([0, 60, 128, 200, 255])
    return draw(arrays(np.uint8, shape, elements=levels)), draw(arrays(bool, shape))


def of_masks(alpha: Any, truth: Any) -> list[float]:
    """Metrics that turning, flipping and a border of background leave as they are."""
    mask = alpha >= 128
    fit, core = outline_fit(mask, truth), boundary_distances(mask, truth, 1.5)
    values = [iou(mask, truth), iou(inner_border(mask, 2), inner_border(truth, 2))]
    if mask.any() and truth.any():  # else the diagonal, which a border changes
        values += [fit.hausdorff_px, fit.hd95_px, fit.assd_px, core.mean_px, core.hd95_px]
        values += [core.inside_px, core.outside_px, core.surface_dice or 0]
        values += [fit.surface_dice(2), fit.boundary_f(2)]
    counts = level_counts(alpha, truth)
    values += [*vars(overlap(counts)).values()]
    return [*values, *saliency(counts, stretched=False).f_curve[1:].tolist()]


def of_levels(alpha: Any, truth: Any) -> list[float]:
    """Metrics that turning and flipping leave as they are, but a border changes."""
    found = saliency(level_counts(alpha, truth), stretched=False)
    other = matting_differences(alpha, np.where(truth, np.uint8(255), np.uint8(0))).over(None)
    values = [found.mae, found.e_adaptive, found.f_adaptive, other.sad, other.mse, other.gradient]
    return [*values, *found.e_curve.tolist()]


def close(found: list[float], expected: list[float]) -> bool:
    return bool(np.allclose(found, expected, rtol=1e-9, atol=1e-9))


TURNS: dict[str, Callable[[Any], Any]] = {
    "flipped": lambda plane: plane[:, ::-1],
    "upside down": lambda plane: plane[::-1],
    "transposed": lambda plane: plane.T,
    "turned": np.rot90,
}


@pytest.mark.parametrize("turn", TURNS)
@EXAMPLES
@given(pair=pairs())
def test_turning_both_changes_nothing(turn: str, pair: tuple[Any, Any]) -> None:
    turned = [np.ascontiguousarray(TURNS[turn](plane)) for plane in pair]
    assert close(of_masks(turned[0], turned[1]), of_masks(*pair))
    assert close(of_levels(turned[0], turned[1]), of_levels(*pair))


@EXAMPLES
@given(pair=pairs())
def test_transposing_keeps_the_structure(pair: tuple[Any, Any]) -> None:
    """Quadrants swap with it; flipping moves the row and column that two quadrants share."""
    s = [
        saliency(level_counts(np.ascontiguousarray(a), np.ascontiguousarray(t)), stretched=False).s
        for a, t in (pair, (pair[0].T, pair[1].T))
    ]
    assert s[0] == pytest.approx(s[1])


@EXAMPLES
@given(pair=pairs(), sides=st.tuples(*[st.integers(0, 9)] * 4))
def test_a_border_of_background_changes_nothing(
    pair: tuple[Any, Any], sides: tuple[int, ...]
) -> None:
    alpha, truth = (np.pad(plane, (sides[:2], sides[2:])) for plane in pair)
    assert close(of_masks(alpha, truth), of_masks(*pair))
    # The weighted F-measure smooths over 3 px around the truth, and takes 0 beyond the photo.
    inner, outer = ([np.pad(plane, 3) for plane in both] for both in (pair, (alpha, truth)))
    weighted = [
        weighted_f(a, level_counts(a, t), truth_field(t), stretched=False)
        for a, t in (inner, outer)
    ]
    assert weighted[0] == pytest.approx(weighted[1])
    errors = [
        saliency(level_counts(a, t), stretched=False).mae * a.size
        for a, t in (pair, (alpha, truth))
    ]
    assert errors[0] == pytest.approx(errors[1])


@EXAMPLES
@given(pair=pairs())
def test_doubling_keeps_shares_and_doubles_distances(pair: tuple[Any, Any]) -> None:
    alpha, truth = (plane.repeat(2, axis=0).repeat(2, axis=1) for plane in pair)
    small, large = (level_counts(*planes) for planes in (pair, (alpha, truth)))
    assert overlap(small) == overlap(large)
    first, second = (saliency(counts, stretched=False) for counts in (small, large))
    assert first.mae == pytest.approx(second.mae)
    assert close(first.f_curve.tolist(), second.f_curve.tolist())
    near, far = outline_fit(pair[0] >= 128, pair[1]), outline_fit(alpha >= 128, truth)
    # Each outline pixel becomes some of four, so a distance between two is off by a diagonal.
    assert abs(far.hausdorff_px - 2 * near.hausdorff_px) <= math.sqrt(2) + 1e-9
    if not ((pair[0] >= 128).any() and pair[1].any()):
        assert far.hausdorff_px == pytest.approx(2 * near.hausdorff_px)


@EXAMPLES
@given(pair=pairs())
def test_prediction_and_truth_swapped(pair: tuple[Any, Any]) -> None:
    mask, truth = pair[0] >= 128, pair[1]
    assert iou(mask, truth) == iou(truth, mask)
    one, two = boundary_distances(mask, truth, 1.5), boundary_distances(truth, mask, 1.5)
    assert (one.inside_px, one.outside_px) == (two.outside_px, two.inside_px)
    assert (one.mean_px, one.hd95_px, one.surface_dice) == pytest.approx(
        (two.mean_px, two.hd95_px, two.surface_dice)
    )
    levels = [np.where(plane, np.uint8(255), np.uint8(0)) for plane in (mask, truth)]
    found, swapped = (
        overlap(level_counts(levels[0], truth)),
        overlap(level_counts(levels[1], mask)),
    )
    assert (found.precision, found.recall) == (swapped.recall, swapped.precision)


@EXAMPLES
@given(pair=pairs())
def test_complements_have_the_same_errors(pair: tuple[Any, Any]) -> None:
    alpha, truth = pair
    counts, other = level_counts(alpha, truth), level_counts(255 - alpha, ~truth)
    first, second = (saliency(one, stretched=False) for one in (counts, other))
    assert first.mae == pytest.approx(second.mae)
    # v >= t and 255 − v >= 256 − t complement each other
    assert close(first.e_curve[1:].tolist(), second.e_curve[:0:-1].tolist())
    right = int(((alpha >= 128) == truth).sum())
    wrong = truth.size - right
    both = int(((alpha < 128) & ~truth).sum())
    expected = both / (both + wrong) if both + wrong else 1.0
    assert iou(alpha < 128, ~truth) == pytest.approx(expected)
