"""Pliers: two levers crossing at a rivet, their jaws and their grips."""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import shapely
import trimesh
from scipy.interpolate import Akima1DInterpolator
from shapely.geometry import LineString, Point, Polygon, box

from datasets.render.bars import Knot, bar, warped
from datasets.render.colours import BLACK, BLUE, RED, YELLOW
from datasets.render.shapes import resting
from datasets.render.solids import Array, Colour, Part, Tool, lathe, moved, slab, stacked

# Along a grip: share of the handle, shift outwards, width, height.
_Row: TypeAlias = tuple[float, float, float, float]

GAP = 0.12  # between a closed jaw and the middle line, mm


def combination_pliers(
    opening: float = 14.0,
    colour: Colour = RED,
    accent: Colour | None = BLACK,
    metal: str = "satin",
) -> Tool:
    """Combination pliers of 180 mm: flat jaw, pipe grip, cutter. ``opening`` in degrees.

    ``accent`` is the soft insert of a two-tone grip; None means a dipped one.
    """
    edge = [
        *_serration(44, 33, 1.3, 0.45, GAP),
        *_serration(32, 19, 1.9, 0.75, lambda x: GAP + 3.1 * (1 - ((x - 25.5) / 6.6) ** 2)),
        (18.4, GAP + 0.8),
        (16.5, GAP),
        (6, GAP),
    ]
    outer = [(4, 12.6), (14, 12.9), (24, 11.6), (35, 8.3), (43.2, 5.6), (44, 4.6)]
    jaw = Polygon([*outer, *edge])
    shape = _Shape(jaw, joint=12.4, thickness=10.6, reach=134, spread=21)
    return _pliers(shape, opening, colour, accent, metal)


def side_cutters(
    opening: float = 16.0,
    colour: Colour = BLUE,
    accent: Colour | None = None,
    metal: str = "satin",
) -> Tool:
    """Diagonal cutters of 150 mm, their jaws short, round and ground from both faces."""
    edge = [(28.2, 0.7), (28.0, GAP), (11.6, GAP), (10.2, GAP + 1.2), (6, GAP + 1.2)]
    jaw = Polygon([(3, 11.3), (11, 12.2), (17, 10.9), (22.5, 7.7), (26.5, 3.6), *edge])
    shape = _Shape(jaw, joint=11.2, thickness=10.4, reach=118, spread=20, ground=4.6)
    return _pliers(shape, opening, colour, accent, metal)


def needle_nose_pliers(
    opening: float = 10.0,
    colour: Colour = YELLOW,
    accent: Colour | None = None,
    metal: str = "steel",
) -> Tool:
    """Needle-nose pliers of 170 mm: long round-backed jaws that taper to a thin tip."""
    edge = [
        *_serration(62, 33, 1.2, 0.35, GAP),
        (32.5, GAP + 0.5),
        *((30 + 2.2 * np.cos(a), GAP + 1.9 * np.sin(a)) for a in np.linspace(0.2, np.pi, 12)),
        (14, GAP),
        (12.6, GAP + 1.0),
        (5, GAP + 1.0),
    ]
    jaw = Polygon([(3, 9.6), (11, 9.9), (18, 8.3), (30, 6.2), (61.0, 2.0), (62, 1.1), *edge])
    shape = _Shape(jaw, joint=9.6, thickness=9.6, reach=112, spread=18.5, thinning=0.62)
    return _pliers(shape, opening, colour, accent, metal)


def _serration(
    start: float, stop: float, pitch: float, depth: float, level: float | Callable[[float], float]
) -> list[tuple[float, float]]:
    """Teeth along a jaw from ``start`` down to ``stop``, cut ``depth`` into it from ``level``."""
    count = round(abs(start - stop) / pitch) * 2
    base = level if callable(level) else (lambda _: level)
    return [
        (x, base(x) + depth * (i % 2)) for i, x in enumerate(np.linspace(start, stop, count + 1))
    ]


class _Shape(NamedTuple):
    """What tells one kind of pliers from another, in mm."""

    jaw: Polygon  # the upper one, closed, the rivet at (0, 0)
    joint: float  # radius of the lap joint
    thickness: float
    reach: float  # from the rivet to the handles' ends
    spread: float  # from the middle line to a handle
    thinning: float = 0.0  # share of the thickness lost towards the tip
    ground: float = 0.0  # width of the cutting edge's bevel


def _pliers(
    shape: _Shape, opening: float, colour: Colour, accent: Colour | None, metal: str
) -> Tool:
    tool = []
    for part in (*_lever(shape, metal), *_grip(shape, colour, accent)):
        tool.append(part._replace(mesh=moved(part.mesh, turn=opening / 2)))
        tool.append(part._replace(mesh=moved(part.mesh, roll=180, turn=-opening / 2)))
    tool += _rivet(shape)
    return resting(tool)


def _arm_path(shape: _Shape) -> list[tuple[float, float]]:
    steps = [(0.06, 0.2), (0.14, 0.42), (0.25, 0.66), (0.45, 0.95), (0.65, 1.0), (1.0, 0.82)]
    return [(-shape.reach * x, -shape.spread * y) for x, y in steps]


def _lever(shape: _Shape, metal: str) -> list[Part]:
    """The lever whose jaw is above the middle line and whose half of the joint is on top."""
    joint, thickness = shape.joint, shape.thickness
    disc = Point(0, 0).buffer(joint, quad_segs=24)
    arm = LineString(_arm_path(shape)[:4]).buffer(0.42 * joint, cap_style="flat")
    arm = arm.union(Polygon([(-5, -joint), (-5, -2), (-30, -9), (-30, -16)]))
    arm = arm.buffer(3).buffer(-6).buffer(3)
    free = disc.buffer(0.25)
    root = Point(0, 0).buffer(joint + 3.5)
    flanks = [side.intersection(root).buffer(-0.9) for side in (shape.jaw, arm)]
    neck = shapely.union_all([disc, *flanks]).buffer(3).buffer(-4).buffer(1)
    return [
        Part(_jaw(shape, free), metal),
        Part(slab(arm.difference(free), thickness, 1.6, -thickness / 2), metal),
        Part(slab(neck, thickness / 2, 0.45), metal),
    ]


def _jaw(shape: _Shape, free: Polygon) -> trimesh.Trimesh:
    """A jaw with a round back, its edge ground from both faces where the shape says so."""
    jaw = max(shapely.get_parts(shape.jaw.difference(free)), key=lambda area: area.area)
    start, _, stop, _ = jaw.bounds
    back = jaw.union(box(start, -60, stop + 60, GAP + 2)).difference(free)
    half = shape.thickness / 2
    heights = {0.0, *(half - 1.4 + 1.4 * np.sin(np.linspace(0, np.pi / 2, 6)))}
    if shape.ground:
        heights.add(0.7)
    layers = []
    for z in sorted({*heights, *(-z for z in heights)}):
        up = abs(z)
        inset = 0.01 * up + 1.4 - np.sqrt(1.4**2 - max(0.0, up - half + 1.4) ** 2)
        edge = GAP + shape.ground * max(0.0, (up - 0.7) / (half - 0.7))
        area = jaw.buffer(-0.1 * inset, quad_segs=6).intersection(back.buffer(-inset, quad_segs=4))
        layers.append((area.intersection(box(start, edge, stop + 1, 60)), z))
    head = stacked(layers)
    if not shape.thinning:
        return head

    def thin(points: Array) -> Array:
        lost = shape.thinning * np.clip((points[:, :1] - start) / (stop - start), 0, 1)
        return np.asarray(points * np.concatenate((np.ones_like(points[:, :2]), 1 - lost), 1))

    return warped(head, thin)


def _rivet(shape: _Shape) -> list[Part]:
    radius, top = 0.44 * shape.joint, shape.thickness / 2
    ring = Point(0, 0).buffer(radius + 0.45, quad_segs=24)
    pin = lathe(
        [
            (-top - 0.3, radius - 0.4),
            (-top, radius),
            (top, radius),
            (top + 0.3, radius - 0.5),
            (top + 0.35, 0.05),
        ]
    )
    return [
        Part(slab(ring, 0.06, 0.0, top - 0.02), "blackened"),
        Part(moved(pin, pitch=-90), "satin"),
    ]


def _grip(shape: _Shape, colour: Colour, accent: Colour | None) -> list[Part]:
    path = LineString(_smooth(_arm_path(shape)))
    length = path.length

    def knots(rows: list[_Row]) -> list[Knot]:
        found: list[Knot] = []
        for share, off, width, height in rows:
            here = path.interpolate(share * length)
            found.append((here.x, here.y - off, 0.0, width, height))
        return found

    if accent is None:
        rows: list[_Row] = [
            (0.24, 0, 12.2, 12.6),
            (0.3, 0, 12.6, 12.8),
            (0.5, 0, 12.8, 12.8),
            (0.8, 0, 12.2, 12.6),
            (1.0, 0, 11.0, 12.0),
        ]
        return [Part(bar(knots(rows), 3.2, (1.2, 5.0)), "plastic", colour)]
    rows = [
        (0.22, 0.5, 13.5, 12.5),
        (0.25, 1.8, 18.0, 14.0),
        (0.29, 1.2, 16.0, 14.0),
        (0.36, 0.2, 13.0, 13.6),
        (0.52, 0.6, 15.2, 14.4),
        (0.75, 0.4, 14.8, 14.4),
        (0.9, 0.2, 13.4, 13.8),
        (0.97, 0.5, 14.4, 13.8),
        (1.0, 0.5, 13.6, 13.0),
    ]
    inner = [
        (0.33, 0.6, 8.6, 14.0),
        (0.4, 0.9, 9.6, 14.6),
        (0.55, 1.2, 10.6, 15.2),
        (0.75, 1.0, 10.4, 15.2),
        (0.88, 0.6, 9.4, 14.6),
        (0.93, 0.6, 7.0, 13.8),
    ]
    return [
        Part(bar(knots(rows), 2.7, (1.5, 4.5)), "plastic", colour),
        Part(bar(knots(inner), 3.0, (3.0, 3.0), (16.0, 56.0, 4.0, 0.15)), "rubber", accent),
    ]


def _smooth(points: list[tuple[float, float]]) -> Array:
    table = np.array(points)
    curve = Akima1DInterpolator(np.arange(len(table)), table, method="makima")
    return np.asarray(curve(np.linspace(0, len(table) - 1, 80)))
