"""Spanners: combination, open-ended and ring, sized by the nut they fit (mm across flats)."""

from collections.abc import Callable

import numpy as np
from shapely import affinity
from shapely.geometry import Polygon

from datasets.render.forged import forged
from datasets.render.shapes import (
    bar,
    disc,
    filleted,
    lettering,
    polygon,
    rectangle,
    resting,
    rims,
    rounded,
    smooth,
    sunk,
    twelve_point,
)
from datasets.render.solids import Array, Part, Tool, lofted


def combination_spanner(size_mm: float = 13, finish: str = "chrome") -> Tool:
    """An open end at 15° on the left, a ring that rises by 9° on the right."""
    s = size_mm
    half = (5.2 * s + 100) / 2
    width = 0.3 * s + 5.5
    left, right = -half + 1.0 * s, half - 0.75 * s
    body = filleted(
        bar((left, 0), (right, 0), width).union(_open_head(s, left)).union(disc(0.78 * s, right)),
        0.9 * s,
    )
    outline = rounded(body.difference(_jaw(s, left)), 0.09 * s)
    outline = outline.difference(affinity.translate(twelve_point(s), right))
    panel = bar((left + 1.9 * s, 0), (right - 1.6 * s, 0), width - 4.2)
    thick, head, ring = 0.16 * s + 2.4, 0.2 * s + 3.2, 0.35 * s + 3.4

    def thickness(x: Array) -> Array:
        swell = (head - thick) * (1 - smooth(x, left + 0.4 * s, left + 1.7 * s))
        return thick + swell + (ring - thick) * smooth(x, right - 1.3 * s, right - 0.45 * s)

    def middle(x: Array) -> Array:
        return np.asarray(0.16 * _kink(x, right - 1.2 * s, 0.5 * s))

    return _marked(
        outline, panel, thickness, middle, finish, f"{s:g}   CHROME VANADIUM   {s:g}", width
    )


def open_spanner(size_mm: float = 12, other_mm: float = 13, finish: str = "satin") -> Tool:
    """An open end on each side, both at 15°."""
    mean = (size_mm + other_mm) / 2
    half = (6 * mean + 92) / 2
    width = 0.42 * mean + 5.5
    left, right = -half + size_mm, half - other_mm
    heads = _open_head(size_mm, left).union(_turned(_open_head(other_mm, -right)))
    body = filleted(bar((left, 0), (right, 0), width).union(heads), 1.1 * mean)
    jaws = _jaw(size_mm, left).union(_turned(_jaw(other_mm, -right)))
    outline = rounded(body.difference(jaws), 0.09 * mean)
    panel = bar((left + 2 * size_mm, 0), (right - 2 * other_mm, 0), width - 4.6)
    thick, head = 0.16 * mean + 2.2, 0.2 * mean + 3.4

    def thickness(x: Array) -> Array:
        far = smooth(x, right - 1.7 * other_mm, right - 0.4 * other_mm)
        return thick + (head - thick) * (1 - smooth(x, left + 0.4 * mean, left + 1.7 * mean) + far)

    text = f"{size_mm:g}   DROP FORGED   {other_mm:g}"
    return _marked(outline, panel, thickness, np.zeros_like, finish, text, width)


def ring_spanner(size_mm: float = 16, other_mm: float = 17, finish: str = "chrome") -> Tool:
    """Both rings flat on the table, the shank cranked up between them."""
    mean = (size_mm + other_mm) / 2
    half = (7.5 * mean + 90) / 2
    width = 0.3 * mean + 5.5
    left, right = -half + 0.78 * size_mm, half - 0.78 * other_mm
    body = bar((left, 0), (right, 0), width).union(disc(0.77 * size_mm, left))
    outline = filleted(body.union(disc(0.77 * other_mm, right)), 0.7 * mean)
    for size, x in ((size_mm, left), (other_mm, right)):
        outline = outline.difference(affinity.translate(twelve_point(size), x))
    panel = bar((left + 3.4 * size_mm, 0), (right - 3.4 * other_mm, 0), width - 4.4)
    thick, ring, lift = 0.18 * mean + 2.6, 0.4 * mean + 3.4, 0.75 * mean

    def between(x: Array, start: float, end: float) -> Array:
        return smooth(x - left, start * size_mm, end * size_mm) * smooth(
            right - x, start * other_mm, end * other_mm
        )

    def thickness(x: Array) -> Array:
        return ring + (thick - ring) * between(x, 0.6, 1.5)

    def middle(x: Array) -> Array:
        return lift * between(x, 0.7, 2.9)

    text = f"{size_mm:g}   CHROME VANADIUM   {other_mm:g}"
    return _marked(outline, panel, thickness, middle, finish, text, width)


def _open_head(size: float, x: float) -> Polygon:
    """The head of an open end that looks left and 15° up, its jaw not yet cut; nut at (x, 0)."""
    blunt = rectangle(-0.86 * size, -2 * size, 2 * size, 2 * size)
    head = disc(1.08 * size).intersection(blunt)
    head = head.buffer(-0.12 * size).buffer(0.12 * size)
    return affinity.translate(affinity.rotate(head, -15, origin=(0, 0)), x)


def _jaw(size: float, x: float) -> Polygon:
    """What an open end leaves free: the nut, and the way by which it comes."""
    throat = (
        polygon(6, size, 0)
        .buffer(0.06 * size)
        .intersection(rectangle(-2 * size, -size / 2, 2 * size, size / 2))
    )
    jaw = throat.union(rectangle(-2 * size, -size / 2, 0, size / 2))
    return affinity.translate(affinity.rotate(jaw, -15, origin=(0, 0)), x - 0.12 * size)


def _kink(x: Array, start: float, half_width: float) -> Array:
    """0 before ``start``, then rising 1 mm a mm, the bend rounded."""
    t = x - start
    return np.asarray((t + np.hypot(t, half_width)) / 2)


def _turned(area: Polygon) -> Polygon:
    return affinity.rotate(area, 180, origin=(0, 0))


def _marked(
    outline: Polygon,
    panel: Polygon,
    thickness: Callable[[Array], Array],
    middle: Callable[[Array], Array],
    finish: str,
    text: str,
    width: float,
) -> Tool:
    """A forged body with a sunk panel on both faces, words raised in the upper one."""
    depth, height = 0.5, 4.0

    def shape(points: Array) -> Array:
        x, side = points[:, 0], points[:, 2] / height
        return np.asarray(middle(x) + side * (thickness(x) - 2 * sunk(points, panel, depth, 1.0)))

    body = forged(outline, height, shape, 0.09 * width, rims(panel, 1.0), step=0.1 * width)
    centre = np.array([panel.centroid.x])
    floor = float(middle(centre)[0] + thickness(centre)[0] / 2 - depth)
    words = lettering(text, 0.3 * width, centre[0], 0)
    letters = lofted(words, [(0, floor - 0.3), (0, floor + 0.4)])
    return resting([Part(body, finish), Part(letters, finish)])
