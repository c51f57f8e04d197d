"""Converts an alpha to the polygons that a pocket is cut by: tracefinity's parts, finer outlines.

Which parts there are is decided as in tracefinity's contour code: cut the alpha, close it twice and
open it once with a 3×3 square, drop parts under 5000 px and fill holes under 1250 px. These areas
are of a photo 2048 px long, as tracefinity's are; they grow and shrink with the photo's area. The
largest part is always kept.

Where the outlines run is decided below a pixel: on the line where the alpha, interpolated between
pixel centres, crosses the threshold (marching squares). Where a mask has two levels only, that line
runs between the pixels. Outlines are then simplified by as much as the levels leave open: 0.1 px
along soft edges, 0.5 px along hard ones, whose steps are thereby removed.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import shapely
from shapely.affinity import translate

from datasets.arrays import THRESHOLD, Alpha
from evaluate.metrics.level_lines import LinePoints, level_polygons

USUAL_PX = 2048  # the long side of tracefinity's photos
SOFT_PX, HARD_PX = 0.1, 0.5  # tolerances of simplification
CORNER_PX = 1.0  # tracefinity's tolerance, by which corners are counted
RUN_PX = 2  # shorter straight parts of a line are the steps of a slanted edge
REACH_PX = 4  # farther than any step changes a pixel
SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class Floors:
    """Areas in px², in a photo 2048 px long, below which a part is dropped and a hole is filled."""

    part_px: float = 5000
    hole_px: float = 1250


FLOORS = Floors()


@dataclass(frozen=True)
class MaskPolygons:
    """``polygons`` in px of the photo, x to the right and y down, (0, 0) its upper left corner.

    ``dropped`` and ``filled`` are the areas of the parts and holes that were too small, in px²,
    largest first. ``scale`` is the photo's long side / 2048.
    """

    polygons: tuple[shapely.Polygon, ...]
    dropped: tuple[float, ...]
    filled: tuple[float, ...]
    scale: float

    @property
    def area(self) -> float:
        """Area of all polygons, in px²."""
        return float(sum(polygon.area for polygon in self.polygons))

    @property
    def holes(self) -> int:
        """Number of holes in all polygons."""
        return sum(len(polygon.interiors) for polygon in self.polygons)

    @property
    def corners(self) -> int:
        """Number of vertices in all rings, simplified as tracefinity does, by 1 px or more."""
        tolerance = CORNER_PX * max(1.0, self.scale)
        simple = [p.simplify(tolerance) for p in self.polygons]
        return sum(len(ring.coords) - 1 for p in simple for ring in (p.exterior, *p.interiors))


def mask_polygons(
    alpha: Alpha, threshold: int = THRESHOLD, floors: Floors = FLOORS
) -> MaskPolygons:
    """Convert an Alpha (uint8 H×W), foreground from ``threshold`` on, to polygons, largest first.

    There is a polygon wherever a pixel is left of the foreground after opening.
    """
    scale = max(alpha.shape) / USUAL_PX
    mask = (alpha >= threshold).view(np.uint8)
    x, y, width, height = cv2.boundingRect(mask)
    left, top = max(0, x - REACH_PX), max(0, y - REACH_PX)
    # Crop to the foreground: the rest of a large photo would take most of the time. The border of
    # background is the photo's outside, where there is no foreground.
    near = np.s_[top : y + height + REACH_PX, left : x + width + REACH_PX]
    levels, cut = _bordered(alpha[near]), _bordered(mask[near])
    closed = cv2.morphologyEx(cut, cv2.MORPH_CLOSE, SQUARE, iterations=2)
    clean = np.asarray(cv2.morphologyEx(closed, cv2.MORPH_OPEN, SQUARE), np.uint8)
    dropped, filled = _without_small(clean, floors.part_px * scale**2, floors.hole_px * scale**2)
    changed = clean != cut
    levels[changed] = clean[changed] * np.uint8(255)
    soft = _soft(levels, clean)
    polygons = [
        # The centre of the first pixel is half a pixel from the photo's corner.
        translate(_simplified(p, soft), left - REACH_PX + 0.5, top - REACH_PX + 0.5)
        for p in level_polygons(levels, threshold)
    ]
    largest_first = tuple(sorted(polygons, key=lambda p: -p.area))
    return MaskPolygons(largest_first, dropped, filled, scale)


def _bordered(plane: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.pad(plane, REACH_PX)


def _without_small(
    mask: npt.NDArray[np.uint8], least_part: float, least_hole: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Erase the parts below an area, but not the largest, and fill the holes below another.

    Returns the areas of both, in px.
    """
    rings, tree = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    parts, holes = dict[int, float](), dict[int, float]()
    for index, ring in enumerate(rings):
        # Pick's theorem: the pixels that a ring passes and encloses, or only encloses.
        beside = len(ring) / 2
        if tree[0][index][3] < 0:
            parts[index] = cv2.contourArea(ring) + beside + 1
        else:
            holes[index] = cv2.contourArea(ring) - beside + 1
    largest = max(parts.values(), default=0)
    small = [k for k, area in parts.items() if area < min(least_part, largest)]
    low = [k for k, area in holes.items() if area < least_hole]
    for index in low:
        cv2.drawContours(mask, rings, index, 1, cv2.FILLED)
    for index in small:
        cv2.drawContours(mask, rings, index, 0, cv2.FILLED)
    filled = [holes[k] for k in low if tree[0][k][3] not in small]
    return _sorted([parts[k] for k in small]), _sorted(filled)


def _sorted(areas: list[float]) -> tuple[float, ...]:
    return tuple(sorted(areas, reverse=True))


def _soft(levels: Alpha, mask: npt.NDArray[np.uint8]) -> bool:
    """Whether a quarter of the pixels beside the outline have a level between the extremes."""
    edge = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, SQUARE)
    between = cv2.countNonZero(cv2.bitwise_and(cv2.inRange(levels, 1, 254), edge))
    return 4 * between > cv2.countNonZero(edge)


def _simplified(polygon: shapely.Polygon, soft: bool) -> shapely.Polygon:
    """By Douglas and Peucker; slower where that would make an outline cross itself."""
    tolerance = SOFT_PX if soft else HARD_PX
    if not soft:
        polygon = shapely.Polygon(*_with_corners(polygon))
    simple = polygon.simplify(tolerance, preserve_topology=False)
    if isinstance(simple, shapely.Polygon) and simple.is_valid and not simple.is_empty:
        return simple
    return polygon.simplify(tolerance)


def _with_corners(polygon: shapely.Polygon) -> tuple[LinePoints, list[LinePoints]]:
    """The rings of a polygon with hard edges, with corners where its lines cut across them.

    That is between two straight runs of pixels at a right angle.
    """
    straight = polygon.simplify(0)
    outer, *holes = (
        _cornered(shapely.get_coordinates(ring)[:-1])
        for ring in (straight.exterior, *straight.interiors)
    )
    return outer, holes


def _cornered(points: LinePoints) -> LinePoints:
    after = np.roll(points, -1, axis=0) - points
    before = np.roll(after, 1, axis=0)
    beyond = np.roll(after, -1, axis=0)
    runs = [
        (np.abs(run).max(axis=1) >= RUN_PX) & (run == 0).any(axis=1) for run in (before, beyond)
    ]
    cut = (
        runs[0]
        & runs[1]
        & ((before * beyond).sum(axis=1) == 0)
        & (np.abs(after) == 0.5).all(axis=1)
    )
    corners = np.where(cut[:, None], points + after * (before != 0), points)
    return np.asarray(corners[~np.roll(cut, 1)], np.float64)
