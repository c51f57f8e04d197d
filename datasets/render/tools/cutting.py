"""Things that cut by hand: scissors, a wood chisel, a utility knife."""

import numpy as np
import shapely
import trimesh
from shapely.geometry import Point, Polygon, box

from datasets.render.bars import bar
from datasets.render.colours import BLACK, ORANGE, YELLOW
from datasets.render.shapes import flowing, resting
from datasets.render.solids import Colour, Part, Tool, lathe, moved, shaded, slab, stacked

BLADE = 2.6  # thickness of one scissor blade, mm


def scissors(opening: float = 22.0, colour: Colour = ORANGE, metal: str = "satin") -> Tool:
    """Household scissors of 210 mm with moulded rings, ``opening`` degrees apart."""
    upper = [Part(_scissor_blade(), metal), Part(_bow(large=False), "plastic", colour)]
    lower = [Part(_scissor_blade(), metal), Part(_bow(large=True), "plastic", colour)]
    tool = [part._replace(mesh=moved(part.mesh, turn=opening / 2)) for part in upper]
    tool += [part._replace(mesh=moved(part.mesh, roll=180, turn=-opening / 2)) for part in lower]
    head = Point(0, 0).buffer(4.6).difference(box(-6, -0.55, 6, 0.55))
    tool.append(Part(moved(slab(head, 1.3, 0.6, BLADE), turn=35), "steel"))
    tool.append(Part(slab(Point(0, 0).buffer(4.2), 0.5, 0.1, BLADE), "blackened"))
    return resting(tool)


def _scissor_blade() -> trimesh.Trimesh:
    """The upper blade: flat below, its cutting edge (towards -y) ground from above."""
    back = [(104, -0.6), (96, 1.9), (70, 6.0), (40, 9.3), (15, 10.6), (2, 9.6), (-8, 5.0)]
    tang = [(-20, -1.5), (-42, -10), (-46, -16), (-22, -10.5)]
    edge = [(-9, -8), (-3, -7.2), (4, -6.2), (60, -2.8), (104, -1.0)]
    outline = Polygon([*back, *tang, *edge])
    outline = outline.buffer(-0.2).buffer(0.4, quad_segs=3).buffer(-0.2, quad_segs=3)
    layers = []
    for z, inset, ground in ((0.0, 0.15, 0.0), (0.2, 0.0, 0.0), (2.2, 0.15, 3.4), (2.6, 0.5, 4.1)):
        keep = Polygon([(9, -6 + ground), (-60, -60), (-60, 60), (200, 60), (200, ground + 5.0)])
        layers.append(
            (outline.buffer(-inset).intersection(keep) if ground else outline.buffer(-inset), z)
        )
    return stacked(layers)


def _bow(large: bool) -> trimesh.Trimesh:
    """A handle: a ring and the shank that holds the tang."""
    if large:
        outer = flowing([
            (-58, -14), (-80, -11), (-112, -16), (-118, -38), (-98, -50), (-70, -47), (-50, -32),
        ])  # fmt: skip
        inner = flowing([
            (-64, -20), (-82, -17), (-107, -21), (-111, -36), (-96, -44), (-73, -41), (-58, -31),
        ])  # fmt: skip
    else:
        outer = flowing([
            (-58, -16), (-82, -13), (-104, -18), (-108, -38), (-88, -49), (-66, -45), (-50, -32),
        ])  # fmt: skip
        inner = flowing([
            (-65, -22), (-82, -19), (-99, -23), (-102, -36), (-87, -43), (-70, -39), (-60, -31),
        ])  # fmt: skip
    shank = flowing([
        (-15, 0.5), (-15, -9), (-18, -13), (-44, -26), (-56, -40), (-72, -28), (-66, -14),
        (-40, -8), (-19, 2),
    ])  # fmt: skip
    body = outer.union(shank).buffer(3).buffer(-4).buffer(1).difference(inner)
    return slab(body, 10.0, 3.6, -4.2)


def _hull(points: list[tuple[float, float, float]]) -> trimesh.Trimesh:
    """The ground faces around ``points``."""
    return shaded(trimesh.convex.convex_hull(np.array(points, float)).triangles)


def wood_chisel(width: float = 20.0, colour: Colour | None = None, metal: str = "satin") -> Tool:
    """A bevel-edged chisel of 265 mm, on its back; its handle wooden, or plastic in ``colour``."""
    half, top, edge = width / 2, 0.3 * width, 140.0
    blade = [
        (x, sign * y, z)
        for x in (26, edge - 9)
        for sign in (1, -1)
        for y, z in ((half, 0), (half, 1.1), (top, 3.2))
    ]
    # The bevel at the end falls 3.2 mm in 9, through the flanks at 1.1 mm.
    blade += [
        (edge - x, sign * half, z) for sign in (1, -1) for x, z in ((3.0, 1.1), (0, 0.06), (0, 0))
    ]
    neck = bar(
        [
            (12, 0, 3.2, 10.5, 10.5),
            (18, 0, 3.0, 8.6, 8.6),
            (24, 0, 2.6, 9.0, 6.8),
            (31, 0, 1.9, 0.72 * width, 4.0),
            (40, 0, 1.65, 0.66 * width, 3.0),
        ],
        2.6,
        (0.5, 0.3),
    )
    radius = 13.5
    rows = [
        (-124, 0.74),
        (-118, 0.96),
        (-104, 1.06),
        (-84, 1.04),
        (-62, 0.92),
        (-40, 0.8),
        (-20, 0.78),
        (-6, 0.8),
        (1, 0.74),
    ]
    if colour:
        rows = [
            (-122, 0.86),
            (-112, 1.0),
            (-90, 1.05),
            (-60, 0.98),
            (-36, 0.84),
            (-16, 0.8),
            (1, 0.74),
        ]
    handle = bar(
        [(x, 0, 3.2, 2 * r * radius, 2 * r * radius) for x, r in rows],
        2.0 if not colour else 2.5,
        (4.0, 0.8),
        sides=48,
    )
    hoop = lathe(
        [
            (-2.0, 0.84 * radius),
            (-1.5, 0.86 * radius),
            (13.0, 0.72 * radius),
            (14.0, 0.66 * radius),
        ]
    )
    tool = [
        Part(_hull(blade), metal),
        Part(neck, metal),
        Part(handle, "plastic" if colour else "wood", colour),
        Part(moved(hoop, z=3.2), "brass" if not colour else "steel"),
    ]
    if colour:
        cap = lathe(
            [
                (-125, 0.7 * radius),
                (-124, 0.8 * radius),
                (-120, 0.86 * radius),
                (-119.5, 0.86 * radius),
            ]
        )
        tool.append(Part(moved(cap, z=3.2), "steel"))
    return resting(tool)


def utility_knife(colour: Colour = YELLOW, accent: Colour = BLACK, blade: float = 32.0) -> Tool:
    """A snap-off knife for 18 mm blades, ``blade`` mm of it out."""
    body = flowing([
        (-76, 9), (-79, 9), (-79, -10), (-76, -11), (-60, -12), (-30, -10.5), (5, -11.5),
        (30, -14), (42, -12.5), (62, -11), (72, -10), (72, 10), (70, 11), (40, 12), (0, 12.5),
        (-40, 12),
    ])  # fmt: skip
    slot = box(-52, 2.4, 66, 6.4).buffer(-1.9).buffer(1.9)
    hang = Point(-71, -4).buffer(2.6)
    panel = flowing([
        (-62, -2), (-64, -10), (-34, -8.6), (5, -9.4), (28, -11.6), (38, -10), (44, -4),
        (36, -1.6), (0, -0.6), (-40, -0.6),
    ])  # fmt: skip
    ribs = [box(-50 + 5 * i, -8.2, -48.4 + 5 * i, -1.6) for i in range(16)]
    panel = panel.difference(shapely.union_all(ribs).buffer(0.2, quad_segs=3))
    thumb = flowing(
        [(14, 0.6), (14, 8.6), (17, 9.4), (33, 9.4), (36, 8.6), (36, 0.6), (33, 0), (17, 0)]
    )
    ridges = [box(16.5 + 2.4 * i, 1.4, 17.8 + 2.4 * i, 8.2).buffer(0.1) for i in range(8)]
    nose = Polygon([(58, -9.6), (58, 9.8), (84, 9.8), (86, 8.5), (77, -9.6)])
    nose = (
        nose.buffer(-1)
        .buffer(1.0, quad_segs=6)
        .difference(box(63, 3.2, 80, 5.4).buffer(0.4, quad_segs=4))
    )
    lean = 18 / np.tan(np.deg2rad(60))
    tip = 76 + blade
    steel = Polygon([(20, -9), (tip - 2 * lean, -9), (tip, 9), (20, 9)])
    scores = [
        Polygon([(x, 9), (x - 0.25, 9), (x - 2 * lean + 0.3, -8.2), (x - 2 * lean + 0.55, -8.2)])
        for x in np.arange(tip - 5.5, 88, -5.5)
    ]
    ground = Polygon(
        [(30, -7.4), (tip - 2 * lean + 1.9, -7.4), (tip - 2 * lean + 0.2, -8.9), (30, -8.9)]
    )
    tool = [
        Part(slab(body.difference(slot).difference(hang), 13.0, 3.4), "plastic", colour),
        Part(slab(panel, 13.5, 0.6), "rubber", accent),
        Part(slab(slot.buffer(0.6), 9.6, 0.2, 1.0), "steel"),
        Part(slab(thumb, 7.4, 1.4, 9.0), "plastic", accent),
        *(Part(slab(ridge, 1.0, 0.4, 15.9), "plastic", accent) for ridge in ridges),
        Part(slab(nose, 6.4, 0.8, 3.2), "satin"),
        Part(slab(steel, 0.6, 0.0, 6.2), "steel"),
        Part(slab(ground, 0.05, 0.0, 6.79), "satin"),
        *(Part(slab(score, 0.05, 0.0, 6.8), "blackened") for score in scores),
    ]
    return resting(tool)
