"""Solids in millimetres, z up: what tools and the things around them are made of.

Each is a closed mesh whose flat faces stay flat and whose round ones are round: normals are
smoothed across edges of less than ``CREASE`` degrees, larger faces weighing more.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import shapely
import trimesh
from shapely.geometry import Polygon
from shapely.geometry.polygon import orient

Array: TypeAlias = npt.NDArray[Any]
Colour: TypeAlias = tuple[float, float, float]  # linear reflectance, 0..1

CREASE = 38.0
ROUNDING_STEPS = 6


class Part(NamedTuple):
    """A solid of one material. ``material`` names a function of ``datasets.render.materials``."""

    mesh: trimesh.Trimesh
    material: str
    colour: Colour | None = None


# Lies on z = 0 as it would on a table, its length along x, its middle at (0, 0).
Tool: TypeAlias = list[Part]


def slab(outline: Polygon, height: float, bevel: float = 0.5, base: float = 0.0) -> trimesh.Trimesh:
    """``outline`` (holes and all) raised by ``height`` from z = ``base``, its edges rounded.

    ``bevel`` is the rounding's radius in mm. Where the outline is thinner than two bevels it stays
    lower, as a ground edge would.
    """
    bevel = min(bevel, 0.49 * height)
    angles = np.linspace(0, np.pi / 2, ROUNDING_STEPS if bevel else 1)
    inset = bevel * (1 - np.sin(angles))
    rise = bevel * (1 - np.cos(angles))
    profile = [*zip(inset, rise, strict=True), *zip(inset[::-1], height - rise[::-1], strict=True)]
    return lofted(outline, [(d, base + z) for d, z in profile])


def lofted(outline: Polygon, profile: Sequence[tuple[float, float]]) -> trimesh.Trimesh:
    """A solid whose cross-section at each height ``z`` is ``outline`` shrunk by ``inset``.

    ``profile`` holds (inset, z) from the bottom to the top; negative insets grow the outline. A
    blade's ground edge, a domed hammer face, a dished spanner head are profiles.
    """
    rings = {inset: outline.buffer(-inset, quad_segs=6) for inset, _ in profile}
    return stacked([(rings[inset], z) for inset, z in profile])


def stacked(layers: Sequence[tuple[Any, float]]) -> trimesh.Trimesh:
    """A solid through cross-sections (area, z) from the bottom to the top, sloping between them.

    Of two that follow each other one lies within the other without touching it, or they are equal.
    """
    faces = [_flat(*layers[0], up=False), _flat(*layers[-1], up=True)]
    for (low, bottom), (high, top) in pairwise(layers):
        if low.equals(high):
            faces += [_wall(ring, bottom, top) for ring in boundaries(low)]
        elif low.area < high.area:
            faces.append(_slope(high, low, top, bottom))
        else:
            faces.append(_slope(low, high, bottom, top))
    return shaded(np.concatenate(faces))


def lathe(profile: Sequence[tuple[float, float]], sides: int = 72) -> trimesh.Trimesh:
    """A solid of revolution about the x axis; ``profile`` holds (x, radius), x ascending.

    Six sides make a hexagonal bar, whose flats lie up and down.
    """
    return tube([(x, 0.0, 0.0) for x, _ in profile], [r for _, r in profile], sides)


def tube(
    path: Sequence[tuple[float, float, float]],
    radius: float | Sequence[float] | Array,
    sides: int = 32,
    section: Callable[[Array], Array] | None = None,
) -> trimesh.Trimesh:
    """A bar of circular section, or of ``sides`` corners, swept along ``path``, its ends flat.

    ``radius`` may differ at each point, and there across and up (N, 2). ``section`` turns angles
    into (N, 2) offsets of unit size, across and up, for bars that are not round.
    """
    points = np.array(path, float)
    radii = np.array(radius, float)
    radii = np.broadcast_to(radii if radii.ndim == 2 else radii[..., None], (len(points), 2))
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    angles += np.pi / sides - np.pi / 2  # a flat side down
    unit = section(angles) if section else np.stack((np.cos(angles), np.sin(angles)), 1)
    forward = np.gradient(points, axis=0)
    # A point repeated with another radius is a step: it looks where its neighbours look.
    for i in np.flatnonzero(np.linalg.norm(forward, axis=1) < 1e-9):
        forward[i] = forward[i - 1]
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    across, up = _frames(forward)
    offsets = unit[None] * radii[:, None]
    rings = points[:, None] + offsets[..., :1] * across[:, None] + offsets[..., 1:] * up[:, None]
    following = np.roll(rings, -1, axis=1)
    sides_ = np.concatenate(
        [
            np.stack((rings[:-1], following[:-1], following[1:]), 2).reshape(-1, 3, 3),
            np.stack((rings[:-1], following[1:], rings[1:]), 2).reshape(-1, 3, 3),
        ]
    )
    caps = [
        np.stack((np.broadcast_to(points[0], rings[0].shape), following[0], rings[0]), 1),
        np.stack((np.broadcast_to(points[-1], rings[-1].shape), rings[-1], following[-1]), 1),
    ]
    return shaded(np.concatenate([sides_, *caps]))


def _frames(forward: Array) -> tuple[Array, Array]:
    """Two directions square to each step of a path, turning no more than the path does."""
    side = np.cross([0.0, 0.0, 1.0], forward[0])
    if np.linalg.norm(side) < 1e-6:
        side = np.array([0.0, 1.0, 0.0])
    across, up = [], []
    for direction in forward:
        side = side - direction * (side @ direction)
        side = side / np.linalg.norm(side)
        across.append(side)
        up.append(np.cross(direction, side))
    return np.array(across), np.array(up)


def moved(
    mesh: trimesh.Trimesh,
    x: float = 0.0,
    y: float = 0.0,
    z: float = 0.0,
    turn: float = 0.0,
    roll: float = 0.0,
    pitch: float = 0.0,
) -> trimesh.Trimesh:
    """A copy rolled about x, pitched about y, turned about z (degrees), then moved (mm)."""
    copy = mesh.copy()
    rotation = trimesh.transformations.euler_matrix(*np.deg2rad([roll, pitch, turn]), "sxyz")
    normals = copy.vertex_normals @ rotation[:3, :3].T
    copy.apply_transform(trimesh.transformations.translation_matrix([x, y, z]) @ rotation)
    copy.vertex_normals = normals
    return copy


def shaded(triangles: Array) -> trimesh.Trimesh:
    """A mesh of ``triangles`` (N, 3, 3), its normals smoothed except across creases."""
    mesh = trimesh.Trimesh(**trimesh.triangles.to_kwargs(triangles), process=False)
    mesh.merge_vertices(digits_vertex=5)
    mesh.update_faces(mesh.area_faces > 1e-9)
    mesh = trimesh.graph.smooth_shade(mesh, angle=np.deg2rad(CREASE))
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    weight = np.cross(b - a, c - a)  # twice the area long, so that large flat faces stay flat
    normals = np.zeros_like(mesh.vertices)
    for corner in range(3):
        np.add.at(normals, mesh.faces[:, corner], weight)
    mesh.vertex_normals = normals / np.maximum(np.linalg.norm(normals, axis=1), 1e-12)[:, None]
    return mesh


def boundaries(area: Any) -> list[Array]:
    """Every boundary of an area, as (N, 2), counter-clockwise outside and clockwise inside."""
    polygons = [orient(p) for p in shapely.get_parts(area) if not p.is_empty]
    return [np.array(ring.coords)[:-1] for p in polygons for ring in (p.exterior, *p.interiors)]


def _flat(area: Any, z: float, up: bool) -> Array:
    triangles = [_triangles(p) for p in shapely.get_parts(area) if not p.is_empty]
    if not triangles:
        return np.zeros((0, 3, 3))
    flat = np.concatenate(triangles)
    raised = np.concatenate((flat, np.full((*flat.shape[:2], 1), z)), 2)
    return raised if up else raised[:, ::-1]


def _wall(ring: Array, low: float, high: float) -> Array:
    start, end = ring, np.roll(ring, -1, axis=0)

    def at(points: Array, z: float) -> Array:
        return np.concatenate((points, np.full((len(points), 1), z)), 1)

    return np.concatenate(
        [
            np.stack((at(start, low), at(end, low), at(end, high)), 1),
            np.stack((at(start, low), at(end, high), at(start, high)), 1),
        ]
    )


def _slope(outer: Any, inner: Any, outer_z: float, inner_z: float) -> Array:
    """The strip between an area and a smaller one in it, facing up where the inner is higher."""
    # Delaunay triangles span the strip; ears would cut a corner of one boundary off, flat.
    cut = shapely.get_parts(shapely.constrained_delaunay_triangles(outer.difference(inner)))
    flat = np.array([orient(p).exterior.coords[:-1] for p in cut]).reshape(-1, 3, 2)
    distance = shapely.distance(shapely.points(flat.reshape(-1, 2)), outer.boundary)
    z = np.where(distance < 1e-6, outer_z, inner_z).reshape(-1, 3, 1)
    raised = np.concatenate((flat, z), 2)
    return raised if inner_z >= outer_z else raised[:, ::-1]


def _triangles(polygon: Polygon) -> Array:
    """A polygon with holes as triangles (N, 3, 2), counter-clockwise."""
    import mapbox_earcut

    rings = boundaries(polygon)
    points = np.concatenate(rings)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    found = points[mapbox_earcut.triangulate_float64(points, ends).reshape(-1, 3)]
    a, b, c = found[:, 0], found[:, 1], found[:, 2]
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    found[area < 0] = found[area < 0][:, ::-1]
    return np.asarray(found, float)
