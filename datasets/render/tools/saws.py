"""Saws: a large thin frame whose inside shows the paper."""

import numpy as np
from shapely import affinity
from shapely.geometry import LineString, Point, Polygon, box

from datasets.render.colours import BLACK, RED
from datasets.render.shapes import flowing, resting
from datasets.render.solids import Colour, Part, Tool, lathe, moved, slab

BLADE: Colour = (0.03, 0.07, 0.16)

SPAN = 300.0  # between the blade's holes, mm
FLAT = 3.6  # half the thickness of the frame, mm
TOOTH = 1.8


def hacksaw(
    colour: Colour = RED, frame: str = "chrome", frame_colour: Colour | None = None
) -> Tool:
    """A hacksaw for 300 mm blades: pistol handle, flat frame, wing nut at the front."""
    turn = np.linspace(np.pi / 2, 0, 20)
    corner = [(SPAN - 10 + 24 * np.cos(a), 66 + 24 * np.sin(a)) for a in turn]
    spine = LineString([(-12, 90), *corner, (SPAN + 14, -9)])
    bow = spine.buffer(8, cap_style="flat")
    bow = bow.difference(Point(SPAN + 14, 0).buffer(2.2))
    tool = [
        Part(slab(bow, 2 * FLAT, 1.6, -FLAT), frame, frame_colour),
        Part(slab(_handle(), 24.0, 9.0, -12.0), "plastic", colour),
        Part(slab(_handle_inlay(), 24.6, 2.0, -12.3), "rubber", BLACK),
        *_blade(),
        *_tensioner(),
    ]
    for x, y in ((-8, 88), (-10, -13)):
        rivet = lathe([(-12.1, 3.6), (11.9, 3.6), (12.5, 2.6), (12.6, 0.1)])
        tool.append(Part(moved(rivet, x, y, pitch=-90), "steel"))
    # On one side of the handle and the front corner of the frame.
    return resting([part._replace(mesh=moved(part.mesh, pitch=1.35)) for part in tool])


def _handle() -> Polygon:
    outer = flowing([
        (12, 102), (10, 102), (-24, 107), (-56, 103), (-88, 92), (-92, 84), (-76, 68),
        (-80, 36), (-95, -10), (-110, -46), (-110, -62), (-90, -68), (-60, -56), (-28, -36),
        (0, -20), (16, -13), (18, 6), (2, 16), (-4, 40), (-2, 64), (12, 76), (13, 98),
    ])  # fmt: skip
    inner = flowing([
        (-18, 80), (-46, 84), (-53, 72), (-57, 42), (-69, 0), (-84, -34), (-78, -42),
        (-54, -30), (-32, -12), (-19, -2), (-23, 30), (-22, 60),
    ])  # fmt: skip
    return outer.difference(inner)


def _handle_inlay() -> Polygon:
    """The soft strip along the grip."""
    line = LineString([(-67, 62), (-69, 44), (-77, 16), (-90, -28), (-92, -44)])
    return line.buffer(5.2)


def _blade() -> list[Part]:
    """Teeth down, a hole at either end; its toothed edge left bright."""
    count = int((SPAN - 8) / TOOTH)
    teeth = [
        point
        for i in range(count)
        for point in ((4 + i * TOOTH, -5.4), (4 + i * TOOTH + 1.2, -6.4))
    ]
    outline = Polygon([
        (-6, -5.4), *teeth, (SPAN + 6, -5.4), (SPAN + 8, -3), (SPAN + 8, 3), (SPAN + 6, 6.3),
        (-6, 6.3), (-8, 3), (-8, -3),
    ])  # fmt: skip
    outline = affinity.translate(outline, 14)
    outline = outline.difference(Point(14, 0).buffer(2).union(Point(14 + SPAN, 0).buffer(2)))
    bright = outline.intersection(box(0, -10, 400, -3.4))
    print_ = [box(130 + 9 * i, -1.0, 136 + 9 * i, 2.2) for i in range(7)]
    tool = [
        Part(slab(outline, 0.65, 0.0, -0.3), "paint", BLADE),
        Part(slab(bright, 0.7, 0.0, -0.32), "steel"),
    ]
    tool += [Part(slab(mark, 0.05, 0.0, 0.35), "print", (0.6, 0.6, 0.6)) for mark in print_]
    return tool


def _tensioner() -> list[Part]:
    """What holds the blade: a slotted bar at either end, a peg in it, the wing nut in front."""
    tool = []
    for x, start, stop in ((14, 2, 22), (14 + SPAN, SPAN - 2 + 8, SPAN + 30)):
        bar = box(start, -4, stop, 4).difference(box(start - 1, -7, start, 7))
        tool.append(Part(slab(bar, 3.6, 0.8, -4.0), "steel"))
        peg = lathe([(-1, 1.9), (2.4, 1.9), (2.9, 1.3)], 24)
        tool.append(Part(moved(peg, x, 0, 0, pitch=-90), "steel"))
    rod = [(SPAN + 20, 3.0)]
    for i in range(14):
        rod += [(SPAN + 22 + i * 1.25, 3.0), (SPAN + 22.6 + i * 1.25, 2.5)]
    tool.append(Part(lathe(rod, 32), "steel"))
    nut = SPAN + 23.0
    hub = lathe([(nut, 6.4), (nut + 2, 6.4), (nut + 9, 4.6), (nut + 10, 4.2)], 48)
    wing = Polygon(
        [(0, 3), (0.5, 6), (3.5, 16), (8, 21), (12.5, 20), (13.5, 16), (10.5, 9), (9, 3)]
    )
    wing = wing.buffer(-1.5).buffer(3).buffer(-1.5)
    tool.append(Part(hub, "satin"))
    for sign in (1, -1):
        flat = affinity.scale(wing, 1, sign, origin=(0, 0))
        tool.append(Part(moved(slab(flat, 3.4, 1.5, -1.7), nut, roll=14), "satin"))
    return tool
