"""Outlines and surfaces that several tools share, in millimetres."""

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Point, Polygon

from datasets.render.solids import Array, Part, Tool, moved


def smooth(x: Array, start: float, end: float) -> Array:
    """0 where x is before ``start``, 1 after ``end``, without a kink between."""
    t = np.clip((x - start) / (end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def sunk(points: Array, area: Polygon, depth: float, slope: float = 0.9) -> Array:
    """How deep each point lies in a recess whose sides take ``slope`` mm to reach ``depth``."""
    at = shapely.points(points[:, 0], points[:, 1])
    inside = shapely.contains(area, at)
    distance = np.where(inside, shapely.distance(at, area.boundary), 0)
    return depth * smooth(distance, 0, slope)


def rims(area: Polygon, slope: float) -> list[Polygon]:
    """Lines for ``forged`` to follow a recess ``sunk`` there."""
    return [area.buffer(-inset) for inset in (-0.35, 0, 0.5 * slope, slope, slope + 0.35)]


def bar(start: tuple[float, float], end: tuple[float, float], width: float) -> Polygon:
    """A straight strip with round ends."""
    return LineString([start, end]).buffer(width / 2)


def rectangle(left: float, bottom: float, right: float, top: float) -> Polygon:
    return shapely.box(left, bottom, right, top)


def rounded(area: Polygon, radius: float) -> Polygon:
    """Corners of both kinds made round."""
    return area.buffer(radius).buffer(-2 * radius).buffer(radius)


def filleted(area: Polygon, radius: float) -> Polygon:
    """Inner corners filled, as where a forged neck flows into a head."""
    return area.buffer(radius, quad_segs=16).buffer(-radius, quad_segs=16)


def flowing(corners: list[tuple[float, float]]) -> Polygon:
    """A closed curve drawn by its corners, which it cuts; one given twice is cut closely."""
    points = np.array(corners, float)
    for _ in range(4):
        following = np.roll(points, -1, axis=0)
        both = np.stack((0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following), 1)
        points = both.reshape(-1, 2)
    return Polygon(points).buffer(0).simplify(0.01)


def polygon(sides: int, across_flats: float, turn: float = 0.0) -> Polygon:
    angles = np.deg2rad(turn) + 2 * np.pi * np.arange(sides) / sides
    radius = across_flats / 2 / np.cos(np.pi / sides)
    return Polygon(np.stack((radius * np.cos(angles), radius * np.sin(angles)), 1))


def twelve_point(across_flats: float) -> Polygon:
    """The hole of a ring spanner or a socket."""
    star = polygon(6, across_flats).union(polygon(6, across_flats, 30))
    return star.buffer(-0.02 * across_flats).buffer(0.02 * across_flats, quad_segs=3)


def disc(radius: float, x: float = 0.0, y: float = 0.0) -> Polygon:
    return Point(x, y).buffer(radius, quad_segs=24)


def lettering(text: str, height: float, x: float, y: float, turn: float = 0.0) -> MultiPolygon:
    """Words in plain capitals, their middle at (x, y)."""
    import cv2

    scale, margin = 2.4, 20
    font = cv2.FONT_HERSHEY_SIMPLEX
    (width, capital), below = cv2.getTextSize(text, font, scale, 7)
    picture = np.zeros((capital + below + 2 * margin, width + 2 * margin), np.uint8)
    cv2.putText(picture, text, (margin, margin + capital), font, scale, 255, 7, cv2.LINE_AA)
    contours, levels = cv2.findContours(picture, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    letters = MultiPolygon()
    for contour, (*_, parent) in zip(contours, levels[0], strict=True):
        if len(contour) > 3:
            shape = Polygon(contour[:, 0]).buffer(0)
            letters = letters.union(shape) if parent < 0 else letters.difference(shape)
    letters = letters.simplify(0.7).buffer(0.3, quad_segs=2).simplify(0.05)
    letters = affinity.translate(letters, -margin - width / 2, -margin - capital / 2)
    letters = affinity.scale(letters, height / capital, -height / capital, origin=(0, 0))
    return affinity.translate(affinity.rotate(letters, turn, origin=(0, 0)), x, y)


def resting(parts: list[Part], scale: float = 1.0) -> Tool:
    """The parts moved as one so that they lie on z = 0 with their middle above (0, 0)."""
    corners = np.array([part.mesh.bounds for part in parts])
    low, high = corners[:, 0].min(0) * scale, corners[:, 1].max(0) * scale
    x, y = -(low + high)[:2] / 2
    placed = []
    for part in parts:
        mesh = moved(part.mesh)
        mesh.vertices *= scale
        mesh.vertex_normals = part.mesh.vertex_normals
        placed.append(part._replace(mesh=moved(mesh, x, y, -low[2])))
    return placed
