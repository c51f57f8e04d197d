"""Forged solids: slabs whose faces bend, swell and sink."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
import trimesh
from shapely.geometry import Polygon

from datasets.render.solids import ROUNDING_STEPS, Array, boundaries, shaded


def forged(
    outline: Polygon,
    height: float,
    shape: Callable[[Array], Array],
    bevel: float = 0.8,
    lines: Sequence[Polygon] = (),
    step: float = 0.9,
) -> trimesh.Trimesh:
    """A slab that bends, swells and sinks as ``shape`` says, as a forged piece does.

    ``shape`` takes the (N, 3) points of a slab whose z is within ±``height`` / 2 and returns their
    z. The faces have a point every ``step`` mm or so, and along ``lines``, to follow it with.
    """
    angles = np.linspace(0, np.pi / 2, ROUNDING_STEPS)
    grown, rise = bevel * np.sin(angles), bevel * (1 - np.cos(angles)) - height / 2
    face = outline.buffer(-bevel, quad_segs=6).simplify(0.004).segmentize(0.7 * step)
    profile = [*zip(grown, rise, strict=True), *zip(grown[::-1], -rise[::-1], strict=True)]
    faces = []
    for ring in boundaries(face):
        outward = _outward(ring)
        walls = [np.c_[ring + d * outward, np.full(len(ring), z)] for d, z in profile]
        for low, high in pairwise(walls):
            low_next, high_next = np.roll(low, -1, axis=0), np.roll(high, -1, axis=0)
            faces.append(np.stack((low, low_next, high_next), 1))
            faces.append(np.stack((low, high_next, high), 1))
    inner = _filled(face, lines, step)
    for z, flat in ((rise[0], inner[:, ::-1]), (-rise[0], inner)):
        faces.append(np.concatenate((flat, np.full((*flat.shape[:2], 1), z)), 2))
    triangles = np.concatenate(faces)
    triangles[..., 2] = shape(triangles.reshape(-1, 3)).reshape(-1, 3)
    return shaded(triangles)


def _outward(ring: Array) -> Array:
    """How far each corner of a ring moves when its sides move out by 1."""
    sides = np.roll(ring, -1, axis=0) - ring
    normals = np.stack((sides[:, 1], -sides[:, 0]), 1)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    before = np.roll(normals, 1, axis=0)
    cosine = np.sum(normals * before, axis=1, keepdims=True)
    return np.asarray((normals + before) / np.maximum(1 + cosine, 0.3))


def _filled(area: Any, lines: Sequence[Polygon], step: float) -> Array:
    """An area as triangles (N, 3, 2) whose corners lie on its boundary, on lines and on a grid."""
    from scipy.spatial import Delaunay, cKDTree

    rings = boundaries(area)
    edge = np.concatenate(rings)
    # A hull beyond the edge, as corners in line on a hull leave flat triangles.
    beyond = edge + 0.4 * step * np.concatenate([_outward(ring) for ring in rings])
    beyond = beyond[shapely.distance(shapely.points(beyond), area) > 0.39 * step]
    rim = area.buffer(-0.4 * step)  # keeps the rounding's shade from running into the face
    drawn = [ring for line in [rim, *lines] for ring in boundaries(line.segmentize(0.4 * step))]
    left, bottom, right, top = area.bounds
    columns, rows = np.arange(left, right, step), np.arange(bottom, top, step * 0.87)
    grid = np.stack(np.meshgrid(columns, rows), -1)
    grid[1::2, :, 0] += step / 2
    points = edge
    for added, apart in [*((line, 0.3) for line in drawn), (grid.reshape(-1, 2), 0.5)]:
        near = cKDTree(points).query(added)[0]
        inside = shapely.contains_xy(area, added[:, 0], added[:, 1])
        points = np.concatenate((points, added[inside & (near > apart * step)]))
    points = np.concatenate((points, beyond))
    found = points[Delaunay(points).simplices]
    centre = found.mean(1)
    found = found[shapely.contains_xy(area, centre[:, 0], centre[:, 1])]
    a, b, c = found[:, 0], found[:, 1], found[:, 2]
    turned = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) < (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    found[turned] = found[turned][:, ::-1]
    return np.asarray(found, float)
