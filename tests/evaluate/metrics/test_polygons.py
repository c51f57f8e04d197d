"""Masks as polygons."""

import cv2
import numpy as np
import pytest
import shapely

from datasets.arrays import Mask, to_levels
from evaluate.metrics import polygons
from evaluate.metrics.polygons import Floors, MaskPolygons, mask_polygons


def spanner() -> Mask:
    """A bar of 600×100 px with a hole of 60×50, on 1000×800."""
    mask = np.zeros((800, 1000), bool)
    mask[300:400, 200:800] = True
    mask[325:375, 250:310] = False
    return mask


def test_a_polygon_has_its_pixels_area() -> None:
    found = mask_polygons(to_levels(spanner()))
    assert (len(found.polygons), found.holes, found.dropped) == (1, 1, ())
    assert found.corners <= 12
    assert found.area == pytest.approx(spanner().sum(), rel=1e-3)
    assert found.polygons[0].bounds == (200, 300, 800, 400)


def test_specks_and_pinholes_are_dropped_and_thin_bridges_opened() -> None:
    mask = spanner()
    mask[100:125, 100:140] = True  # 1000 px, which are 4194 at 2048
    mask[340:355, 600:616] = False  # 240 px, which are 1007 at 2048
    mask[350, 800:990] = True  # a line one pixel thin
    found = mask_polygons(to_levels(mask))
    assert (found.dropped, found.filled) == ((1000,), (240,))
    assert found.area == pytest.approx(spanner().sum(), rel=1e-3)


def test_sizes_grow_with_the_photo() -> None:
    large = cv2.resize(spanner().astype(np.uint8), (4096, 3277), interpolation=cv2.INTER_NEAREST)
    large[100:190, 100:200] = 1  # 9000 px, which are 2250 at 2048
    found = mask_polygons(to_levels(large.astype(bool)))
    assert len(found.polygons) == 1
    assert found.dropped == (9000,)


def test_a_disc_keeps_its_area_and_few_vertices() -> None:
    disc = cv2.circle(np.zeros((900, 900), np.uint8), (450, 450), 300, 1, -1)
    found = mask_polygons(to_levels(disc.astype(bool)))
    assert found.area == pytest.approx(disc.sum(), rel=2e-3)
    assert found.corners < 80


def test_a_level_at_the_threshold_is_foreground() -> None:
    bar = np.full((60, 90), 99, np.uint8)
    bar[20:40, 30:60] = 100
    assert mask_polygons(bar, 100).area == pytest.approx(600, rel=2e-3)
    assert mask_polygons(bar, 101).polygons == ()


@pytest.mark.parametrize("scale", [0.5, 1, 3])
def test_corners_are_counted_as_tracefinity_simplifies(scale: float) -> None:
    for off, corners in ((1.1, 5), (0.9, 4)):  # times the scale of a larger photo
        height = 20 + off * max(1, scale)
        roof = shapely.Polygon([(0, 0), (90, 0), (90, 20), (45, height), (0, 20)])
        assert MaskPolygons((roof,), (), (), scale).corners == corners


def test_soft_outlines_are_simplified_by_a_tenth_of_a_pixel() -> None:
    for off, corners in ((0.12, 5), (0.08, 4)):
        roof = shapely.Polygon([(0, 0), (10, 0), (10, 5), (5, 5 + off), (0, 5)])
        assert len(polygons._simplified(roof, soft=True).exterior.coords) - 1 == corners


@pytest.mark.parametrize(
    "points",
    [
        # A notch that nearly reaches the other side: simplified, it would cut it in two.
        [(0, 0), (5, -0.09), (10, 0), (10, 5), (6, 5), (5, -0.05), (4, 5), (0, 5)],
        [(0, 0), (10, 0), (10, 0.02), (5, 0.03), (0, 0.02)],  # nothing would be left
    ],
)
def test_simplified_a_polygon_stays_one(points: list[tuple[float, float]]) -> None:
    found = polygons._simplified(shapely.Polygon(points), soft=True)
    assert isinstance(found, shapely.Polygon)
    assert found.is_valid
    assert found.area == pytest.approx(shapely.Polygon(points).area, rel=0.5)


@pytest.mark.parametrize("seed", range(8))
def test_ragged_shapes_keep_their_area(seed: int) -> None:
    """Blobs with holes, necks and islands in holes, against the pixels that are left of them."""
    noise = np.random.default_rng(seed).random((700, 900)).astype(np.float32)
    mask = cv2.GaussianBlur(noise, (0, 0), 25) > 0.5
    found = mask_polygons(to_levels(mask))
    drawn = np.zeros(mask.shape, np.uint8)
    for polygon in found.polygons:
        assert polygon.is_valid
        for number, ring in enumerate((polygon.exterior, *polygon.interiors)):
            points = np.round((np.array(ring.coords) - 0.5) * 16).astype(np.int32)
            cv2.fillPoly(drawn, [points], 0 if number else 1, shift=4)
    large = found.area + sum(found.dropped)
    assert large == pytest.approx(mask.sum(), rel=0.02)
    assert np.mean(drawn.astype(bool) != mask) < 0.02 + sum(found.dropped) / mask.size


@pytest.mark.parametrize(("height", "width"), [(3, 200), (200, 3), (4, 60)])
def test_a_thin_bar_keeps_its_corners(height: int, width: int) -> None:
    mask = np.zeros((300, 300), bool)
    mask[20 : 20 + height, 30 : 30 + width] = True
    found = mask_polygons(to_levels(mask))
    assert (found.area, found.polygons[0].bounds) == (
        height * width,
        (30, 20, 30 + width, 20 + height),
    )


def test_the_largest_part_is_always_kept() -> None:
    mask = np.zeros((800, 1000), bool)
    mask[10:20, 10:30] = mask[50:58, 50:60] = True
    found = mask_polygons(to_levels(mask))
    assert (found.area, found.dropped) == (200, (80,))
    assert len(mask_polygons(to_levels(mask), floors=Floors(part_px=0)).polygons) == 2


@pytest.mark.parametrize("mask", [np.zeros((50, 60), bool), np.ones((1, 1), bool)])
def test_nothing_is_no_polygon(mask: Mask) -> None:
    found = mask_polygons(to_levels(mask))
    assert (found.polygons, found.area, found.corners) == ((), 0, 0)


@pytest.mark.parametrize("upright", [False, True])
def test_gaps_up_to_four_pixels_are_closed_and_parts_thinner_than_three_opened(
    upright: bool,
) -> None:
    for gap, pieces in ((4, 1), (5, 2)):
        mask = np.zeros((400, 400), bool)
        mask[100:200, 100:300] = mask[200 + gap : 300, 100:300] = True
        assert len(mask_polygons(to_levels(mask.T if upright else mask)).polygons) == pieces
    for thickness, pieces in ((2, 0), (3, 1)):
        mask = np.zeros((400, 400), bool)
        mask[100 : 100 + thickness, 100:300] = True
        assert len(mask_polygons(to_levels(mask.T if upright else mask)).polygons) == pieces
