"""The smallest clearance at which a tool goes into a pocket, against an exhaustive search.

``FIT_PAIRS=200`` in the environment searches for so many pairs.
"""

import os
from itertools import product

import cv2
import numpy as np
import pytest
import shapely
from shapely import affinity

from evaluate.metrics.fit import SHIFT, TURN, fit_px

TOOL = shapely.box(0, 0, 200, 40).union(shapely.box(170, -30, 200, 70))

PAIRS = int(os.environ.get("FIT_PAIRS", "8"))


@pytest.mark.parametrize(
    ("pocket", "expected"),
    [
        (TOOL, 0),
        (TOOL.buffer(3), 0),
        (TOOL.buffer(-2), 8**0.5),  # at its corners
        (affinity.translate(TOOL, 4, -3), 0),
        (affinity.rotate(TOOL, 3, origin=(0, 0)), 0),
        (affinity.translate(affinity.rotate(TOOL, -2), 5, 2), 0),
        (affinity.translate(affinity.rotate(TOOL.buffer(-2), 2), 3, 2), 8**0.5),
        (TOOL.difference(shapely.Point(100, 20).buffer(8)), 8),  # an island is left standing
        (TOOL.difference(shapely.box(90, -50, 100, 80)), 5),  # a bar across
        (affinity.translate(TOOL, 30, 0), 30 - SHIFT * 210),  # farther than a hand may move it
    ],
)
def test_known_clearances(pocket: shapely.Polygon, expected: float) -> None:
    found = fit_px(list(shapely.get_parts(pocket)), [TOOL])
    assert found == pytest.approx(expected, abs=0.1 if expected < 10 else 2)


def test_pieces_are_placed_each_on_its_own() -> None:
    pieces = [shapely.box(0, 0, 100, 30), shapely.box(0, 100, 100, 130)]
    pocket = [affinity.translate(pieces[0], 3, 0), affinity.translate(pieces[1], -3, 0)]
    assert fit_px(pocket, pieces) == pytest.approx(0, abs=0.05)
    assert fit_px(pocket[:1], pieces) == pytest.approx(100 - 3, abs=10)


def test_the_tool_may_have_a_hole_for_an_island() -> None:
    holed = TOOL.difference(shapely.Point(100, 20).buffer(10))
    island = TOOL.difference(shapely.Point(102, 20).buffer(8))
    assert fit_px([island], [holed]) == pytest.approx(0, abs=0.05)


def test_nothing_to_fit() -> None:
    assert fit_px([], [TOOL]) is None
    assert fit_px([TOOL], []) is None


@pytest.mark.parametrize("seed", range(PAIRS))
def test_no_exhaustive_search_finds_a_smaller_clearance(seed: int) -> None:
    pocket, tool = drawn_pair(np.random.default_rng(seed), seed % 4)
    found = fit_px([p for p in shapely.get_parts(pocket) if p.area], [tool])
    assert found == pytest.approx(_searched(pocket, tool), abs=0.4)


def drawn_pair(rng: np.random.Generator, kind: int) -> tuple[shapely.Polygon, shapely.Polygon]:
    """A tool, and its pocket: grown or shrunk, moved, and mutilated in one of four ways."""
    tool = _blob(rng)
    grown = affinity.rotate(tool.buffer(rng.uniform(-2, 1.5)), rng.uniform(-4, 4))
    pocket = affinity.translate(grown, *rng.uniform(-2, 2, 2))
    other = affinity.translate(_blob(rng), *rng.uniform(-20, 20, 2))
    if kind == 1:
        pocket = pocket.union(other)
    if kind == 2:
        pocket = pocket.difference(affinity.scale(other, 0.25, 0.25))
    if kind == 3:
        pocket = pocket.intersection(affinity.translate(tool, *rng.uniform(-3, 3, 2)).buffer(1))
    return pocket, tool


def _blob(rng: np.random.Generator) -> shapely.Polygon:
    angles, radii = np.sort(rng.uniform(0, 2 * np.pi, 10)), rng.uniform(10, 30, 10)
    flat = radii * rng.uniform(0.3, 1)
    shape = shapely.Polygon(np.column_stack([radii * np.cos(angles), flat * np.sin(angles)]))
    return max(shapely.get_parts(shape.buffer(4).buffer(-1)), key=lambda part: part.area)


def _searched(pocket: shapely.Polygon, tool: shapely.Polygon, fine: int = 5) -> float:
    """The smallest clearance over placements on a grid, refined around the best, on a raster.

    ``fine`` is raster points per px, which is the precision.
    """
    x0, y0 = tool.centroid.coords[0]
    tool, pocket = (affinity.translate(shape, -x0, -y0) for shape in (tool, pocket))
    radius = float(np.hypot(*shapely.get_coordinates(tool).T).max())
    limits = np.array([2 * SHIFT * radius, 2 * SHIFT * radius, TURN])
    half = int((radius + limits[0] + 5) * fine)
    y, x = np.mgrid[-half : half + 1, -half : half + 1] / fine
    missing = ~shapely.contains_xy(pocket, x.ravel(), y.ravel()).reshape(x.shape)
    distance = cv2.distanceTransform(missing.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    inside = shapely.contains_xy(tool, x.ravel(), y.ravel()).reshape(x.shape)[::2, ::2]
    border = shapely.get_coordinates(tool.boundary.segmentize(0.5))
    points = np.concatenate([np.column_stack([x[::2, ::2][inside], y[::2, ::2][inside]]), border])

    def largest(shift_x: float, shift_y: float, turn: float) -> float:
        cos, sin = np.cos(turn), np.sin(turn)
        column = points[:, 0] * cos - points[:, 1] * sin + shift_x
        row = points[:, 0] * sin + points[:, 1] * cos + shift_y
        at = np.rint(row * fine).astype(int) + half, np.rint(column * fine).astype(int) + half
        return max(0.0, float(distance[at].max()) - 0.5) / fine

    grid = sorted((largest(*p), *p) for p in product(*(np.linspace(-m, m, 11) for m in limits)))
    best = np.inf
    for _, *start in grid[:3]:
        step, middle = limits / 5, np.array(start)
        for _ in range(9):
            near = [np.clip(middle + step * d, -limits, limits) for d in product(_NEAR, repeat=3)]
            found = [largest(*p) for p in near]
            middle, step = near[int(np.argmin(found))], step * 0.6
            best = min(best, *found)
    return best


_NEAR = (-1, -0.5, 0, 0.5, 1)
