"""A G-clamp, lying on its side."""

import numpy as np

from datasets.render.colours import BLUE
from datasets.render.forged import forged
from datasets.render.shapes import (
    filleted,
    flowing,
    rectangle,
    resting,
    rims,
    rounded,
    smooth,
    sunk,
)
from datasets.render.solids import Array, Colour, Part, Tool, lathe, moved

REACH_MM = 48.0  # from the screw's axis to the inside of the spine


def g_clamp(opening_mm: float = 30, colour: Colour = BLUE) -> Tool:
    """An enamelled frame that takes 75 mm, its screw left ``opening_mm`` open, a sliding bar."""
    spine = REACH_MM + 14
    outer = flowing([(-46, -9), (-46, -9), (-49, 10), (-52, spine - 6), (-52, spine),
                     (-40, spine + 6), (46, spine + 6), (60, spine), (60, spine - 8), (60, 10),
                     (60, -10), (60, -10), (38, -10), (38, -10), (42, 14)])  # fmt: skip
    inner = flowing([(-37, -30), (-37, 12), (-39, REACH_MM), (-30, REACH_MM + 2),
                     (30, REACH_MM + 2), (46, REACH_MM), (44, 16), (38, 8),
                     (38, -30)])  # fmt: skip
    boss = rectangle(36, -10.5, 62, 10.5)
    frame = rounded(filleted(outer.difference(inner).union(boss), 3), 2.5)
    web = frame.buffer(-4.2).intersection(rectangle(-60, 12, 70, 99)).buffer(-2.1).buffer(2.1)

    def shape(points: Array) -> Array:
        y, side = points[:, 1], points[:, 2] / 14
        thick = 14 + 5 * (1 - smooth(y, 8, 24))
        return np.asarray(side * (thick - 2 * sunk(points, web, 3.2, 2.0)))

    body = forged(frame, 14, shape, 2.2, rims(web, 2.0), step=1.6)
    tip = -36 + opening_mm
    along = np.arange(tip + 9, tip + 118, 0.5)
    thread = 5.6 + 0.55 * np.clip(1.5 * np.cos(2 * np.pi * along / 3), -1, 1)
    screw = lathe([(float(x), float(r)) for x, r in zip(along, thread, strict=True)], 40)
    head = tip + 118
    neck = lathe([(head - 1, 5), (head, 6.6), (head + 1, 7.2), (head + 11, 7.2), (head + 12, 6.4)])
    pad = lathe([(tip, 9.4), (tip + 0.8, 10), (tip + 3, 10), (tip + 6, 7), (tip + 9.5, 6.4)])
    anvil = lathe([(-45, 9), (-38, 9.4), (-36.6, 9.2), (-36, 8.6)])
    ball = [(-45, 2.6), (-44, 4.2), (-42, 5), (-40, 4.6), (-39, 3.1)]
    handle = lathe([*ball, *[(-x, r) for x, r in reversed(ball)]], 40)
    return resting(
        [
            Part(body, "paint", colour),
            Part(anvil, "paint", colour),
            Part(screw, "steel"),
            Part(neck, "steel"),
            Part(pad, "steel"),
            Part(moved(handle, head + 6, 9, turn=90), "steel"),
        ]
    )
