"""Outlines below a pixel: held against shapes known exactly, and against contourpy."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import shapely
from contourpy import FillType, contour_generator
from shapely import affinity

from datasets.arrays import Alpha, to_levels, to_mask
from evaluate.metrics.level_lines import level_polygons
from evaluate.metrics.polygons import SOFT_PX, mask_polygons

SIZE = (190, 210)
SHAPES = {
    "disc": shapely.Point(100.3, 90.7).buffer(60.2, 64),
    "plate": affinity.rotate(shapely.box(40, 60, 170, 120), 17.3),
    "ring": shapely.Point(100.3, 90.7).buffer(70).difference(shapely.Point(90, 95).buffer(30.4)),
}


def coverage(shape: shapely.Polygon, samples: int = 16) -> Alpha:
    """The share of each pixel inside a shape, as an Alpha (uint8 H×W)."""
    y, x = np.indices((SIZE[0] * samples, SIZE[1] * samples))
    shapely.prepare(shape)
    inside = shapely.contains_xy(shape, (x.ravel() + 0.5) / samples, (y.ravel() + 0.5) / samples)
    shares = inside.reshape(SIZE[0], samples, SIZE[1], samples).mean(axis=(1, 3))
    return np.asarray(np.rint(shares * 255), np.uint8)


def off(found: shapely.Polygon, shape: shapely.Polygon) -> npt.NDArray[Any]:
    """How far points along an outline lie from the true one, in px."""
    points = shapely.points(shapely.get_coordinates(found.boundary.segmentize(0.5)))
    return np.asarray(shapely.distance(points, shape.boundary))


@pytest.mark.parametrize("name", SHAPES)
def test_soft_edges_are_exact_to_a_tenth_of_a_pixel(name: str) -> None:
    (found,) = mask_polygons(coverage(SHAPES[name])).polygons
    errors = off(found, SHAPES[name])
    assert np.mean(errors) < 0.06
    # Only a corner, which falls between two pixels, is further off.
    assert np.percentile(errors, 97) < 0.1 + SOFT_PX / 2
    assert found.area == pytest.approx(SHAPES[name].area, rel=1e-3)


@pytest.mark.parametrize("name", SHAPES)
def test_hard_edges_are_exact_to_half_a_pixel(name: str) -> None:
    (found,) = mask_polygons(to_levels(to_mask(coverage(SHAPES[name])))).polygons
    assert np.percentile(off(found, SHAPES[name]), 97) < 0.6
    assert found.area == pytest.approx(SHAPES[name].area, rel=3e-3)


def drawn_levels(rng: np.random.Generator) -> tuple[Alpha, int]:
    """Smooth noise and a threshold at which no two pixels touch at a corner alone.

    contourpy decides by the mean of the four levels whether such pixels are connected.
    """
    while True:
        noise = rng.random(rng.integers(4, 60, 2)).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), float(rng.choice([1, 2, 4])))
        levels = np.pad(cv2.normalize(smooth, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8), 1)  # type: ignore[call-overload]
        threshold = int(rng.integers(1, 256))
        mask = levels >= threshold
        crossed = (mask[:-1, :-1] == mask[1:, 1:]) & (mask[1:, :-1] == mask[:-1, 1:])
        if not (crossed & (mask[:-1, :-1] != mask[1:, :-1])).any():
            return levels, threshold


@pytest.mark.parametrize("seed", range(40))
def test_areas_equal_those_of_contourpy(seed: int) -> None:
    levels, threshold = drawn_levels(np.random.default_rng(seed))
    found = level_polygons(levels, threshold)
    lines = contour_generator(z=levels.astype(float), fill_type=FillType.OuterOffset)
    filled = zip(*lines.filled(threshold - 0.5, 1e9), strict=True)
    expected = [
        shapely.Polygon(points[: at[1]], np.split(points, at[1:-1])[1:]) for points, at in filled
    ]
    assert all(polygon.is_valid for polygon in found)
    assert sorted(p.area for p in found) == pytest.approx(sorted(p.area for p in expected))


def test_what_touches_at_a_corner_is_connected() -> None:
    levels = np.zeros((6, 6), np.uint8)
    levels[1:3, 1:3] = levels[3:5, 3:5] = 255
    assert len(level_polygons(levels, 128)) == 1
    assert len(level_polygons(255 - np.pad(levels[1:-1, 1:-1], 1, constant_values=255), 128)) == 1


def test_an_island_in_a_hole_is_a_polygon_of_its_own() -> None:
    levels = np.zeros((20, 20), np.uint8)
    levels[1:19, 1:19] = 255
    levels[4:16, 4:16] = 0
    levels[7:13, 7:13] = 255
    levels[9:11, 9:11] = 0
    inner, outer = sorted(level_polygons(levels, 128), key=lambda polygon: polygon.area)
    assert (len(inner.interiors), len(outer.interiors)) == (1, 1)
    assert (inner.bounds, outer.bounds) == ((6.5, 6.5, 12.5, 12.5), (0.5, 0.5, 18.5, 18.5))
    assert outer.area == pytest.approx(18**2 - 12**2, abs=1.1)
    assert inner.area == pytest.approx(6**2 - 2**2, abs=1.1)
