"""Converts a mask to the polygons that a pocket is cut by, as tracefinity does.

Steps, from tracefinity's contour code: close twice and open once with a 3×3 square; find contours
and their holes; drop parts under 5000 px and holes under 1250 px; unite parts that touch; simplify
with a tolerance of 1 px. tracefinity's photos are at most 2048 px long. For longer photos the areas
and the tolerance grow in proportion.

One difference from tracefinity: outlines run along the outer edges of pixels, not through their
centres, which would make every pocket one pixel too narrow.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import shapely

from datasets.arrays import Mask

USUAL_PX = 2048
LEAST_PART_PX = 5000
LEAST_HOLE_PX = 1250
TOLERANCE_PX = 1.0
REACH_PX = 4  # farther than any step changes a pixel
SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class MaskPolygons:
    """``polygons`` in px of the photo, x to the right and y down, (0, 0) its upper left corner.

    ``dropped`` is the area of the parts that were too small, in px².
    """

    polygons: tuple[shapely.Polygon, ...]
    dropped: float

    @property
    def area(self) -> float:
        """Area of all polygons, in px²."""
        return float(sum(polygon.area for polygon in self.polygons))

    @property
    def holes(self) -> int:
        """Number of holes in all polygons."""
        return sum(len(polygon.interiors) for polygon in self.polygons)

    @property
    def vertices(self) -> int:
        """Number of vertices in all rings; the closing vertex of a ring is not counted."""
        rings = (ring for p in self.polygons for ring in (p.exterior, *p.interiors))
        return sum(len(ring.coords) - 1 for ring in rings)


def mask_polygons(mask: Mask) -> MaskPolygons:
    """Convert a Mask (bool H×W) to polygons, largest first; none where no part is large enough."""
    scale = max(1.0, max(mask.shape) / USUAL_PX)
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    left, top = max(0, x - REACH_PX), max(0, y - REACH_PX)
    # Crop to the foreground: the rest of a large photo would take most of the time.
    near = mask[top : y + height + REACH_PX, left : x + width + REACH_PX].astype(np.uint8)
    smooth = cv2.morphologyEx(near, cv2.MORPH_CLOSE, SQUARE, iterations=2)
    smooth = cv2.morphologyEx(smooth, cv2.MORPH_OPEN, SQUARE)
    parts, dropped = _large(smooth, scale, (left, top))
    joined = shapely.union_all(parts).simplify(TOLERANCE_PX * scale)
    polygons = [p for p in shapely.get_parts(joined) if not p.is_empty]
    return MaskPolygons(tuple(sorted(polygons, key=lambda p: -p.area)), dropped)


def _large(
    smooth: npt.NDArray[Any], scale: float, corner: tuple[int, int]
) -> tuple[list[shapely.Polygon], float]:
    """The parts and holes above the minimum areas, and the total area of the parts below.

    ``corner`` is the position (x, y) of ``smooth`` in the photo.
    """
    rings, tree = cv2.findContours(smooth, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=corner)
    parts: list[shapely.Polygon] = []
    dropped = 0.0
    for index, ring in enumerate(rings):
        _, _, child, parent = tree[0][index]
        if parent >= 0:
            continue
        # Area in pixels by Pick's theorem: making a polygon of each speck of a noisy mask is slow.
        pixels = cv2.contourArea(ring) + len(ring) / 2 + 1
        if pixels < LEAST_PART_PX * scale**2:
            dropped += pixels
            continue
        holes = []
        while child >= 0:
            if cv2.contourArea(rings[child]) >= LEAST_HOLE_PX * scale**2:  # no hole is larger
                hole = _hole(rings[child])
                if hole.area >= LEAST_HOLE_PX * scale**2:
                    holes.append(hole)
            child = tree[0][child][0]
        # One difference with all holes: one by one, each pass would process the whole outline.
        parts.append(_polygon(ring).difference(shapely.union_all(holes)))
    return parts, dropped


def _hole(ring: npt.NDArray[Any]) -> shapely.Polygon:
    """The pixels of a hole. OpenCV's contour of a hole runs along the mask's pixels around it."""
    x, y, width, height = cv2.boundingRect(ring)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [ring], 0, 1, cv2.FILLED, offset=(-x, -y))
    cv2.drawContours(inside, [ring], 0, 0, 1, offset=(-x, -y))
    rings, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=(x, y))
    return shapely.union_all([_polygon(part) for part in rings])


def _polygon(ring: npt.NDArray[Any]) -> shapely.Polygon:
    """The area covered by the pixels whose centres a contour runs through, and encloses."""
    points = ring.reshape(-1, 2).astype(np.float64) + 0.5
    if len(points) < 3:
        line = shapely.LineString(points) if len(points) > 1 else shapely.Point(points[0])
        return line.buffer(0.5, cap_style="square")
    # A ring may touch itself; buffer(0) would lose one of its lobes.
    return shapely.make_valid(shapely.Polygon(points)).buffer(0.5, join_style="mitre")
