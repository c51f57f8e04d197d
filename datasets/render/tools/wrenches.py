"""An adjustable wrench and hex keys, by their length or the screws they fit."""

import numpy as np
import trimesh
from shapely import affinity
from shapely.geometry import Polygon

from datasets.render.forged import forged
from datasets.render.shapes import (
    disc,
    filleted,
    flowing,
    lettering,
    rectangle,
    resting,
    rims,
    rounded,
    smooth,
    sunk,
)
from datasets.render.solids import Array, Part, Tool, lofted, moved, tube

HEAD_TURN = -20.0  # degrees between the handle and the way the jaws open


def adjustable_wrench(
    length_mm: float = 205, opening: float = 0.35, finish: str = "chrome"
) -> Tool:
    """A sliding jaw worked by a knurled worm; ``opening`` is 0 for shut and 1 for wide open."""
    gap = 1 + 22 * opening
    head = flowing([(29, -2), (29, -2), (29, 5), (24, 13), (10, 24), (-12, 25), (-26, 17), (-40, 8),
                    (-40, -6), (-24, -17), (-12, -31), (-3, -36), (2, -33), (2, -33), (2, -2),
                    (2, -2)])  # fmt: skip
    handle = flowing([(-20, 8), (-60, 7.5), (-110, 8), (-135, 14), (-152, 14), (-163, 11),
                      (-163, -11), (-152, -14), (-135, -14), (-110, -8), (-60, -7.5),
                      (-20, -12)])  # fmt: skip
    jaws = rectangle(0, -50, 60, 0).union(disc(1.2, 0.4, -0.6))
    body = filleted(_placed(head).union(handle), 30).difference(_placed(jaws))
    body = rounded(body, 0.8).difference(_placed(rounded(rectangle(-24, -18.5, -10, -4.5), 1)))
    body = body.difference(disc(5.2, -147))
    web = flowing([(-54, 5), (-54, 5), (-90, 4), (-132, 6.5), (-132, 6.5), (-132, -6.5),
                   (-132, -6.5), (-90, -4), (-54, -5), (-54, -5)])  # fmt: skip

    def shape(points: Array) -> Array:
        x, side = points[:, 0], points[:, 2] / 10
        thick = 8.5 + 4.5 * smooth(x, -48, -22) + 0.8 * (1 - smooth(x, -140, -125))
        return np.asarray(side * (thick - 2 * sunk(points, web, 0.9, 1.2)))

    forging = forged(body, 10, shape, 1.3, rims(web, 1.2), step=1.3)
    jaw = flowing([(29, -gap), (29, -gap), (29, -gap - 5), (24, -gap - 10), (12, -gap - 19),
                   (5, -gap - 25), (0.3, -gap - 24), (0.3, -gap - 24), (0.3, -gap),
                   (0.3, -gap)]).intersection(rectangle(0.3, -gap - 50, 60, -gap))  # fmt: skip
    sliding = forged(_placed(rounded(jaw, 0.8)), 12, lambda points: points[:, 2], 1.2, step=1.5)
    rack = lofted(_placed(rectangle(-6, -gap - 20, 1, -gap - 1)), [(0, -3.5), (0, 3.5)])
    words = lofted(
        lettering(f"ADJUSTABLE  {length_mm / 25.4:.0f} IN", 4.2, -91, 0), [(0, 3), (0, 3.8)]
    )
    parts = [
        Part(forging, finish),
        Part(sliding, finish),
        Part(rack, "steel"),
        Part(_worm(), "steel"),
        Part(words, finish),
    ]
    return resting(parts, scale=length_mm / 187)


def hex_key(size_mm: float = 6, finish: str = "blackened") -> Tool:
    """ISO 2936: an L of hexagonal bar, lying flat."""
    return resting([_key(size_mm, finish)])


def hex_keys(finish: str = "blackened") -> Tool:
    """A set from 2 to 8 mm laid out side by side, the largest first."""
    parts, y = [], 0.0
    for size in (8, 6, 5, 4, 3, 2.5, 2):
        mesh = _key(size, finish).mesh
        left, bottom = mesh.bounds[0][:2]
        parts.append(Part(moved(mesh, -left, y - bottom), finish))
        y += size + 6
    return resting(parts)


def _key(size: float, finish: str) -> Part:
    long, short, bend = 42 + 9 * size, 13 + 3.1 * size, 1.3 * size + 1
    angles = np.linspace(0, np.pi / 2, 14)
    corner = [(long - bend + bend * np.sin(a), bend - bend * np.cos(a), 0.0) for a in angles]
    chamfer = 0.1 * size
    path = [(0.0, 0.0, 0.0), (chamfer, 0.0, 0.0), *corner]
    path += [(long, short - chamfer, 0.0), (long, short, 0.0)]
    full = size / np.sqrt(3)
    radius = [0.86 * full, *[full] * (len(path) - 2), 0.86 * full]
    return Part(tube(path, radius, 6), finish)


def _worm() -> trimesh.Trimesh:
    """The knurled screw that moves the jaw, in its window."""
    length, turns = 13.0, 6
    along = np.linspace(-length / 2, length / 2, 6 * turns + 1)
    wave = np.clip(1.6 * np.cos(2 * np.pi * turns * along / length), -1, 1)
    path = [(float(x), 0.0, 0.0) for x in along]
    worm = tube(path, list(5.7 + 0.6 * wave), 75, _knurled)
    place = _placed(disc(1, -17, -11.5)).centroid
    return moved(worm, place.x, place.y, turn=90 + HEAD_TURN)


def _knurled(angles: Array) -> Array:
    radius = 1 + 0.035 * np.cos(25 * angles)
    return np.stack((radius * np.cos(angles), radius * np.sin(angles)), 1)


def _placed(area: Polygon) -> Polygon:
    """An outline from the head's frame, whose jaws open along x, in the handle's."""
    return affinity.translate(affinity.rotate(area, HEAD_TURN, origin=(-34, 0)), 0, 7)
