"""Things that lie about on tables and are not tools."""

import numpy as np
from shapely.geometry import Point, box

from datasets.render.solids import Colour, Part, Tool, lathe, moved, slab, tube


def pencil(colour: Colour = (0.75, 0.42, 0.02), length: float = 150.0) -> Tool:
    """A sharpened pencil."""
    body, lead = lathe([(0, 3.6), (length - 22, 3.6)], 6), length - 22
    return [
        Part(moved(body, z=3.2), "paint", colour),
        Part(moved(lathe([(lead, 3.3), (lead + 16, 1.1)]), z=3.2), "wood", None),
        Part(
            moved(lathe([(lead + 16, 1.1), (lead + 21, 0.2)]), z=3.2), "print", (0.03, 0.03, 0.03)
        ),
        Part(moved(lathe([(-4, 3.5), (0, 3.5)]), z=3.2), "brass"),
        Part(moved(lathe([(-12, 3.1), (-11, 3.5), (-4, 3.5)]), z=3.2), "rubber", (0.6, 0.2, 0.18)),
    ]


def mug(colour: Colour = (0.55, 0.55, 0.52)) -> Tool:
    """A mug of coffee."""
    outer, inner = Point(0, 0).buffer(41, quad_segs=32), Point(0, 0).buffer(37.5, quad_segs=32)
    turn = np.linspace(-np.pi / 2, np.pi / 2, 24)
    handle = tube([(40 + 24 * np.cos(a), 0, 48 + 28 * np.sin(a)) for a in turn], 5.0)
    return [
        Part(slab(outer.difference(inner), 95, 1.7), "paint", colour),
        Part(slab(inner.buffer(0.2), 76, 0), "paint", (0.03, 0.012, 0.005)),
        Part(handle, "paint", colour),
    ]


def coin(radius: float = 11.6) -> Tool:
    """A coin."""
    return [
        Part(slab(Point(0, 0).buffer(radius), 1.9, 0.4), "brass"),
        Part(slab(Point(0, 0).buffer(radius - 2.6), 0.25, 0.1, base=1.85), "satin"),
    ]


def nut(size: float = 13.0) -> Tool:
    """A hexagonal nut."""
    corners = [np.exp(1j * np.pi * k / 3) * size / np.sqrt(3) for k in range(6)]
    from shapely.geometry import Polygon

    flat = Polygon([(c.real, c.imag) for c in corners]).difference(Point(0, 0).buffer(size * 0.3))
    return [Part(slab(flat, size * 0.5, 0.6), "satin")]


def notebook(colour: Colour = (0.02, 0.045, 0.11)) -> Tool:
    """A closed notebook with rounded corners."""
    cover = box(-70, -105, 70, 105).buffer(-5).buffer(5)
    return [
        Part(slab(box(-68, -103, 67, 103), 9, 0.2, base=1.5), "print", (0.7, 0.68, 0.6)),
        Part(slab(cover, 1.6, 0.6), "rubber", colour),
        Part(slab(cover, 1.6, 0.6, base=10.4), "rubber", colour),
        Part(slab(box(56, -105, 61, 105), 0.6, 0.2, base=11.9), "rubber", (0.01, 0.01, 0.01)),
    ]


def smartphone() -> Tool:
    """A phone, its dark screen up."""
    outline = box(-36, -75, 36, 75).buffer(-9).buffer(9)
    return [
        Part(slab(outline, 7.8, 2.0), "aluminium"),
        Part(slab(outline.buffer(-1.2), 0.4, 0.15, base=7.6), "paint", (0.006, 0.006, 0.008)),
    ]


def tape_roll(colour: Colour = (0.62, 0.52, 0.3)) -> Tool:
    """A roll of masking tape, lying."""
    ring = Point(0, 0).buffer(50, quad_segs=32).difference(Point(0, 0).buffer(38, quad_segs=32))
    core = Point(0, 0).buffer(38.2, quad_segs=32).difference(Point(0, 0).buffer(36, quad_segs=32))
    return [
        Part(slab(ring, 24, 0.6), "rubber", colour),
        Part(slab(core, 24.6, 0.3), "rubber", (0.5, 0.47, 0.42)),
    ]


def cable(seed: int = 0, colour: Colour = (0.012, 0.012, 0.013)) -> Tool:
    """A cable in loose curves."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 1, 160)
    x = 420 * (t - 0.5)
    waves = [
        rng.uniform(8, 40) / k * np.sin(2 * np.pi * k * t + rng.uniform(0, 6)) for k in (1, 2, 3)
    ]
    path = [(float(a), float(b), 3.0) for a, b in zip(x, np.sum(waves, axis=0), strict=True)]
    return [Part(tube(path, 3.0, 20), "rubber", colour)]


def pen(colour: Colour = (0.01, 0.03, 0.2)) -> Tool:
    """A ball pen."""
    body = lathe([(-70, 4.2), (-66, 4.6), (40, 4.8), (58, 3.4), (66, 1.4), (69, 0.5)])
    clip = slab(box(-64, -1.6, -28, 1.6), 1.2, 0.4, base=8.6)
    return [Part(moved(body, z=4.8), "plastic", colour), Part(clip, "chrome")]
