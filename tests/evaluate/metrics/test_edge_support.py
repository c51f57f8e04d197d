"""The support of an outline, against slow sums by the definition, and shifts that are known."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from scipy import ndimage

from evaluate.metrics import edge_support
from evaluate.metrics.edge_support import EdgeFit, correlation, fit_edges, reach_px, shift_to_edges
from evaluate.metrics.working_scale import View

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]) / 8


def scene(seed: int = 0, moved: tuple[int, int] = (0, 0), height: int = 60) -> View:
    """A bent tool on grainy paper with colour, and its truth moved by (x, y)."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, 80), np.uint8)
    cv2.rectangle(mask, (22, 18), (52, 30), 1, -1)
    cv2.rectangle(mask, (40, 18), (50, 44), 1, -1)
    image = np.where(mask[:, :, None] > 0, (60, 90, 40), (200, 110, 190)).astype(float)
    image = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
    truth = np.roll(mask, moved[::-1], (0, 1)) > 0
    return View(image, truth, 0.5)


def gradient(plane: Any) -> tuple[Any, Any]:
    return tuple(ndimage.correlate(plane, kernel, mode="nearest") for kernel in (SOBEL, SOBEL.T))


def tensor(image: Any) -> tuple[Any, Any]:
    """The gradient of the steepest channel, divided so that its square stays below 1."""
    channels = [
        gradient(ndimage.gaussian_filter(image[:, :, i].astype(float), 1.2, mode="mirror"))
        for i in range(3)
    ]
    power = np.array([gx**2 + gy**2 for gx, gy in channels])
    steepest = power.argmax(axis=0)
    gx, gy = (np.choose(steepest, [one[axis] for one in channels]) for axis in (0, 1))
    level = np.sqrt(gx**2 + gy**2 + 4 + 2.25 * np.median(gx**2 + gy**2))
    return gx / level, gy / level


def normals(mask: Any) -> tuple[Any, Any, Any]:
    nx, ny = gradient(ndimage.gaussian_filter(mask.astype(float), 1.5, mode="mirror"))
    length = np.hypot(nx, ny)
    around = {"size": 3, "mode": "nearest"}
    outline = ndimage.maximum_filter(mask, **around) != ndimage.minimum_filter(mask, **around)
    outline &= length > 1e-4
    outline[0] = outline[-1] = outline[:, 0] = outline[:, -1] = False
    length[length == 0] = 1
    return outline, nx / length, ny / length


def supports(view: View, reach: int) -> Any:
    """The mean of (∇I·n)² over the outline, for every shift."""
    gx, gy = tensor(view.image)
    outline, nx, ny = normals(view.truth)
    points = np.argwhere(outline)
    found = np.zeros((2 * reach + 1, 2 * reach + 1))
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            total, inside = 0.0, 0
            for y, x in points:
                v, u = y + dy, x + dx
                if 0 <= v < gx.shape[0] and 0 <= u < gx.shape[1]:
                    inside += 1
                    total += (gx[v, u] * nx[y, x] + gy[v, u] * ny[y, x]) ** 2
            found[dy + reach, dx + reach] = total / max(inside, len(points) / 2)
    return found


@pytest.mark.parametrize(("moved", "height"), [((3, -2), 60), ((-4, 5), 60), ((0, 12), 50)])
def test_every_shift_has_the_support_of_the_definition(moved: tuple[int, int], height: int) -> None:
    """The last truth leaves the picture at its lower edge."""
    view = scene(1, moved, height)
    found = fit_edges(view)
    assert found
    expected = supports(view, 9)
    np.testing.assert_allclose(found.surface, expected, atol=2e-4)
    support = expected[7:12, 7:12].max()
    y, x = np.unravel_index(expected.argmax(), expected.shape)
    assert found.support == pytest.approx(support, abs=1e-4)
    assert found.best == pytest.approx(expected.max(), abs=1e-4)
    assert found.z == pytest.approx((support - expected.mean()) / expected.std(), abs=1e-3)
    assert found.shift == (x - 9, y - 9)
    if height == 60:
        assert found.shift == (-moved[0], -moved[1])


@pytest.mark.parametrize("grown", [-3, 0, 2])
def test_the_offset_is_how_far_inside_the_edge_lies(grown: int) -> None:
    view = scene(2)
    levels = view.truth.astype(np.uint8)
    square = np.ones((3, 3), np.uint8)
    change = cv2.dilate if grown > 0 else cv2.erode
    truth = change(levels, square, iterations=abs(grown)) > 0
    found = fit_edges(replace(view, truth=truth))
    assert found
    inside = cv2.distanceTransform(truth.astype(np.uint8), cv2.DIST_L2, 5)
    outside = cv2.distanceTransform((~truth).astype(np.uint8), cv2.DIST_L2, 5)
    depth = np.where(truth, inside - 0.5, 0.5 - outside)
    (gx, gy), (nx, ny) = tensor(view.image), gradient(depth)
    length = np.maximum(np.hypot(nx, ny), 1e-6)
    support = ((gx * nx + gy * ny) / length) ** 2
    steps = np.rint(depth)
    profile = [support[steps == s].sum() / max(20, (steps == s).sum()) for s in range(-8, 9)]
    assert found.offset == int(np.argmax(profile)) - 8
    assert abs(found.offset - grown) <= 1
    assert found.offset_support == pytest.approx(max(profile), abs=1e-4)
    assert found.offset_gain == pytest.approx(max(profile) / max(profile[6:11]), abs=1e-3)


def test_offsets_reach_a_fortieth_of_the_long_side() -> None:
    """A flat tool far inside its truth: the edge lies 9 px inside, of 400 px."""
    truth = np.zeros((400, 200), bool)
    truth[100:300, 50:150] = True
    image = np.full((400, 200, 3), 220, np.uint8)
    image[110:290, 60:140] = 40
    found = fit_edges(View(image, truth, 1.0))
    assert found
    assert found.offset == 10
    assert found.offset_support > 0.9
    assert found.offset_gain > 10
    small = fit_edges(View(image[90:310, 40:160], truth[90:310, 40:160], 1.0))
    assert small
    assert abs(small.offset) <= 8  # the least reach


def test_correlation_is_the_sum_of_products_at_every_shift() -> None:
    rng = np.random.default_rng(3)
    for shape, reach in (((7, 5), 2), ((4, 9), 6), ((3, 3), 0)):
        moving, fixed = rng.integers(-9, 9, (2, *shape)).astype(np.float32)
        padded = np.pad(fixed, reach)
        expected = [
            [
                (moving * padded[y : y + shape[0], x : x + shape[1]]).sum()
                for x in range(2 * reach + 1)
            ]
            for y in range(2 * reach + 1)
        ]
        found = correlation(moving, fixed, reach)
        assert found.shape == (2 * reach + 1, 2 * reach + 1)
        np.testing.assert_allclose(found, expected, atol=1e-4)


def fit(**changes: Any) -> EdgeFit:
    plain = EdgeFit(0.4, 1.0, 0.6, (5, 0), 0, 0.0, 1.0, np.zeros((9, 9)))
    return replace(plain, **changes)


def test_a_shift_counts_if_it_is_far_and_clearly_better() -> None:
    view = View(np.zeros((60, 80, 3), np.uint8), np.zeros((60, 80), bool), 0.5)
    assert view.slack_px == 1.5
    assert shift_to_edges(view, fit()) == (10, 0)
    assert shift_to_edges(view, fit(shift=(-2, 1))) == (-4, 2)
    assert shift_to_edges(view, fit(shift=(1, 1))) is None
    assert shift_to_edges(replace(view, scale=1.0), fit(shift=(3, 0))) is None  # the slack is 3 px
    assert shift_to_edges(view, fit(support=0.5, best=0.575)) == (10, 0)  # 1.15 times
    assert shift_to_edges(view, fit(support=0.5, best=0.574)) is None
    assert shift_to_edges(view, fit(support=0.1, best=0.55)) == (10, 0)
    assert shift_to_edges(view, fit(support=0.1, best=0.549)) is None


def test_support_is_the_best_within_two_px_of_a_shift() -> None:
    surface = np.zeros((9, 9))
    surface[6, 7] = 1  # dx 3, dy 2
    found = fit(surface=surface)
    near = [(dx, dy) for dx in range(-4, 5) for dy in range(-4, 5) if found.moved((dx, dy)) == 1]
    assert near == [(dx, dy) for dx in range(1, 5) for dy in range(5)]


def test_a_tiny_outline_has_no_fit() -> None:
    image = np.zeros((30, 30, 3), np.uint8)
    for (height, width), enough in (((2, 3), True), ((1, 4), False)):  # 20 and 18 px around
        truth = np.zeros((30, 30), bool)
        truth[10 : 10 + height, 10 : 10 + width] = True
        found = fit_edges(View(image, truth, 1.0))
        assert (found is not None) == enough


def test_the_reach_is_12_percent_of_the_long_side() -> None:
    shapes = {(30, 1000): 120, (200, 30): 24, (30, 30): 3, (5, 5): 3}
    for shape, reach in shapes.items():
        view = View(np.zeros((*shape, 3), np.uint8), np.zeros(shape, bool), 1.0)
        assert reach_px(view) == reach
    assert edge_support.NEAR_PX == 2


def test_the_border_of_a_photo_is_no_edge() -> None:
    mask = np.zeros((30, 40), np.uint8)
    mask[:10, 5:20] = mask[20:, 30:] = mask[12:18, :4] = 1
    outline, nx, ny = edge_support._normals(mask > 0)
    expected = normals(mask)
    assert np.array_equal(outline, expected[0])
    assert not outline[[0, -1]].any()
    assert not outline[:, [0, -1]].any()
    for found, theirs in zip((nx, ny), expected[1:], strict=True):
        assert found[outline] == pytest.approx(theirs[outline], abs=1e-3)
