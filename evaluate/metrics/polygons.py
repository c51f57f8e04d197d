"""A mask as polygons, as tracefinity makes them: what a pocket is cut by.

Recipe (tracefinity's contour steps): closed 3×3 twice, opened 3×3 once, contours with their holes,
parts under 5000 px and holes under 1250 px dropped, joined where they touch, simplified by 1 px.
Its photos are at most 2048 px long; for larger ones these sizes grow with the photo. Other than
there, outlines run along the pixels' outer edges and not through their centres, which would make
every pocket a pixel too narrow.
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

    ``dropped`` is the area of what was too small, in px.
    """

    polygons: tuple[shapely.Polygon, ...]
    dropped: float

    @property
    def area(self) -> float:
        """In px."""
        return float(sum(polygon.area for polygon in self.polygons))

    @property
    def holes(self) -> int:
        """In all polygons together."""
        return sum(len(polygon.interiors) for polygon in self.polygons)

    @property
    def vertices(self) -> int:
        """In all rings together; a ring's last vertex is its first and counts once."""
        rings = (ring for p in self.polygons for ring in (p.exterior, *p.interiors))
        return sum(len(ring.coords) - 1 for ring in rings)


def mask_polygons(mask: Mask) -> MaskPolygons:
    """The polygons of a Mask (bool H×W), largest first."""
    scale = max(1.0, max(mask.shape) / USUAL_PX)
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    left, top = max(0, x - REACH_PX), max(0, y - REACH_PX)
    # Only what is near the tool: the rest of a large photo would take most of the time.
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
    """Parts that are large enough, with holes that are, and the area of those that are not.

    ``corner`` is where ``smooth`` lies in the photo, x and y.
    """
    rings, tree = cv2.findContours(smooth, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE, offset=corner)
    parts: list[shapely.Polygon] = []
    dropped = 0.0
    for index, ring in enumerate(rings):
        _, _, child, parent = tree[0][index]
        if parent >= 0:
            continue
        # Pick's theorem; a noisy mask has more specks than polygons could be made of in good time.
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
        # All at once: one by one, each would go over the whole outline again.
        parts.append(_polygon(ring).difference(shapely.union_all(holes)))
    return parts, dropped


def _hole(ring: npt.NDArray[Any]) -> shapely.Polygon:
    """The pixels a hole's contour goes around: OpenCV gives the mask's pixels beside it."""
    x, y, width, height = cv2.boundingRect(ring)
    inside = np.zeros((height, width), np.uint8)
    cv2.drawContours(inside, [ring], 0, 1, cv2.FILLED, offset=(-x, -y))
    cv2.drawContours(inside, [ring], 0, 0, 1, offset=(-x, -y))
    rings, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE, offset=(x, y))
    return shapely.union_all([_polygon(one) for one in rings])


def _polygon(ring: npt.NDArray[Any]) -> shapely.Polygon:
    """A contour through the centres of pixels as the area of those pixels."""
    points = ring.reshape(-1, 2).astype(np.float64) + 0.5
    if len(points) < 3:
        line = shapely.LineString(points) if len(points) > 1 else shapely.Point(points[0])
        return line.buffer(0.5, cap_style="square")
    # A ring may touch itself; buffer(0) would lose one of its lobes.
    return shapely.make_valid(shapely.Polygon(points)).buffer(0.5, join_style="mitre")
