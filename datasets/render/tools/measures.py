"""What measures: a steel rule and a tape."""

from collections.abc import Callable

import numpy as np
import trimesh
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon
from shapely.ops import unary_union

from datasets.render.colours import INK, YELLOW
from datasets.render.forged import forged
from datasets.render.shapes import (
    disc,
    flowing,
    lettering,
    rectangle,
    resting,
    rounded,
)
from datasets.render.solids import Array, Colour, Part, Tool, lofted, moved, shaded, slab, tube

BLADE_MM = 25.0


def steel_rule(length_mm: float = 150, width_mm: float = 19) -> Tool:
    """Ground steel with millimetres along one edge, half centimetres along the other."""
    thick, end = 0.8, 4.0
    outline = rectangle(0, 0, length_mm + end + 15, width_mm)
    rear = disc(width_mm / 2, length_mm + end + 5, width_mm / 2)
    outline = outline.intersection(rear.union(rectangle(-1, -1, length_mm + end + 5, 99)))
    outline = rounded(outline, 0.4).difference(disc(2.6, length_mm + end + 7, width_mm / 2))
    marks = range(int(length_mm) + 1)
    ticks = [rectangle(end + x - 0.09, 0.3, end + x + 0.09, _tick(x, 2.6)) for x in marks]
    ticks += [
        rectangle(end + x - 0.09, width_mm - 0.8 * _tick(x, 2.6), end + x + 0.09, width_mm - 0.3)
        for x in marks[::5]
    ]
    numbers = [lettering(str(x // 10), 2.3, end + x, 7.2) for x in marks[10::10]]
    words = lettering("STAINLESS  HARDENED", 1.8, length_mm / 2, 0.68 * width_mm)
    parts = [
        Part(slab(outline, thick, 0.12), "satin"),
        Part(_printed([*ticks, *numbers, words], thick), "print", INK),
    ]
    return resting(parts)


def tape_measure(
    colour: Colour | None = YELLOW, drawn_mm: float = 38, standing: bool = False
) -> Tool:
    """A five-metre tape on its side or on its base, drawn a little; chrome without a ``colour``."""
    case = flowing([(-37, -34), (-37, -34), (37, -34), (37, -34), (37, -10), (34, 14), (18, 36),
                    (-18, 37), (-38, 22)])  # fmt: skip
    case = rounded(case, 8)
    window = flowing([(-28, -20), (-20, -24), (16, -24), (29, -20), (27, 4), (16, 25), (-12, 27),
                      (-28, 16)])  # fmt: skip
    frame = forged(rounded(case.difference(window), 1.0), 38, _waisted, 4.0, step=1.6)
    core = slab(case.buffer(-3), 35.4, 3.0, -17.7)
    band = slab(case.buffer(0.6), 15, 1.5, -7.5)
    shell = "chrome" if colour is None else "plastic"
    label = disc(15.5, -1, 1)
    words = lettering("5m", 9.5, -1, 3).union(lettering("CLASS II", 2.6, -1, -7))
    button = forged(flowing([(28, 4), (36, 2), (41, 8), (37, 22), (28, 26), (24, 16)]), 17,
                    lambda points: points[:, 2], 2.5, step=1.6)  # fmt: skip
    clip = rounded(rectangle(-16, -9, 20, 9), 3).difference(rectangle(-8, -2.5, 14, 2.5))
    parts = [
        Part(frame, "rubber", (0.025, 0.025, 0.027)),
        Part(core, shell, colour),
        Part(band, shell, colour),
        Part(lofted(label, [(0, 17), (0, 17.9), (0.3, 18.1)]), "plastic", (0.02, 0.02, 0.02)),
        Part(_printed([disc(14, -1, 1).difference(disc(13.3, -1, 1)), words], 18.1), "print",
             (0.75, 0.75, 0.72)),
        Part(button, "plastic", (0.55, 0.03, 0.02) if colour else (0.02, 0.02, 0.02)),
        Part(moved(forged(clip, 1.2, lambda points: points[:, 2], 0.4), z=-21.6), "satin"),
        Part(slab(rectangle(14, -7, 19, 7), 6, 0.4, -22), "satin"),
        *[Part(_screw(x, y), "steel") for x, y in ((-29.5, -27), (30, -27), (-30, 22), (22, 26))],
        *_blade(34, drawn_mm),
    ]  # fmt: skip
    if standing:
        parts = [p._replace(mesh=moved(p.mesh, roll=90)) for p in parts]
    return resting(parts)


def _tick(millimetre: int, shortest: float) -> float:
    """How far a mark reaches from the edge: centimetres further than their halves."""
    return shortest * (2.0 if millimetre % 10 == 0 else 1.5 if millimetre % 5 == 0 else 1.0)


def _printed(
    shapes: list[Polygon | MultiPolygon], z: float, onto: Callable[[Array], Array] | None = None
) -> trimesh.Trimesh:
    """Ink 0.05 mm thick, on a flat face or wrapped ``onto`` another: (N, 3) points to points."""
    mesh = lofted(unary_union(shapes), [(0, z - 0.02), (0, z + 0.05)])
    if onto is None:
        return mesh
    return shaded(onto(mesh.triangles.reshape(-1, 3)).reshape(-1, 3, 3))


def _waisted(points: Array) -> Array:
    """The case, a little thinner at its round top than at its base."""
    return np.asarray(points[:, 2] * (1 - 0.0009 * (points[:, 1] + 34)))


def _screw(x: float, y: float) -> trimesh.Trimesh:
    slot = affinity.rotate(rectangle(x - 3, y - 0.3, x + 3, y + 0.3), 17 * x)
    cross = slot.union(affinity.rotate(slot, 90)).intersection(disc(1.2, x, y))
    return lofted(disc(1.9, x, y).difference(cross), [(0, 17), (0, 19.05)])


def _blade(mouth: float, drawn: float) -> list[Part]:
    """The blade on edge, its hollow side up the y axis, marked in millimetres; its hook."""
    end = mouth + drawn
    reach = 10 * round(drawn / 10 + 3)

    def onto(points: Array) -> Array:
        x, across, z = points.T
        return np.stack((x, -30.6 + 0.011 * across**2 + z, -across), 1)

    def section(angles: Array) -> Array:
        across = np.linspace(-BLADE_MM / 2, BLADE_MM / 2, len(angles) // 2)
        curve = 0.011 * across**2
        return np.concatenate(
            [np.stack((curve + 0.14, across), 1), np.stack((curve - 0.14, across), 1)[::-1]]
        )

    strip = tube([(mouth - 8, -30.6, 0), (end, -30.6, 0)], 1.0, 48, section)
    marks = []
    for x in range(1, reach):
        if end - x < mouth - 6:
            break
        for low, high in ((0.0, 0.5), (0.5, 1.0)):
            length = _tick(x, 4.0)
            marks.append(rectangle(end - x - 0.11, -12.2 + low * length, end - x + 0.11,
                                   -12.2 + high * length))  # fmt: skip
    numbers = [
        affinity.rotate(lettering(str(x // 10), 4.2, end - x - 3.2, 0.8), 180, "centroid")
        for x in range(10, reach, 10)
        if end - x - 3 > mouth
    ]
    plate = rounded(rectangle(end - 11, -7.5, end + 0.8, 7.5), 1.5)
    rivets = unary_union([disc(1.7, end - 6, y) for y in (-4, 4)])
    hook = slab(rectangle(-34.2, -8.5, -29.4, 8.5), 1.1, 0.3)
    return [
        Part(strip, "paint", YELLOW),
        Part(_printed(marks, 0.14, onto), "print", INK),
        *([Part(_printed(numbers, 0.14, onto), "print", INK)] if numbers else []),
        Part(moved(slab(plate, 0.5, 0.15, 0.1), 0, -30.4, roll=-90), "satin"),
        Part(moved(lofted(rivets, [(0, 0.4), (0, 1.0), (0.5, 1.3)]), 0, -30.4, roll=-90), "satin"),
        Part(moved(hook, end - 0.3, roll=90, turn=90), "satin"),
    ]
