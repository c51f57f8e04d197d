"""A claw hammer, lying on its side."""

from functools import partial

import numpy as np

from datasets.render.forged import forged
from datasets.render.shapes import flowing, rectangle, resting, smooth
from datasets.render.solids import Array, Colour, Part, Tool, lathe, lofted, moved, tube


def claw_hammer(length_mm: float = 325, grip: Colour | None = None) -> Tool:
    """A forged head on an ash handle, or where ``grip`` is a colour on a black and coloured one."""
    end = -length_mm + 16
    face = [(24, 7.5), (26, 9.4), (38, 9.6), (43, 10.2), (48, 13), (50, 13.6), (61, 13.6),
            (63, 13), (64, 11.8), (64.4, 8), (64.5, 0.5)]  # fmt: skip
    poll = moved(lathe(face, 96), turn=90)
    cheek = flowing([(-15, 8), (-15, 8), (-13, 22), (-9.5, 29), (9.5, 29), (13, 22), (15, 8),
                     (15, 8), (15, -8), (15, -8), (12.5, -17), (-12.5, -17), (-15, -8),
                     (-15, -8)])  # fmt: skip
    eye = forged(cheek, 25, _cheek_shape, 2.2, step=1.2)
    claw = flowing([(14.2, -8), (14.2, -8), (12, -26), (4, -46), (-11, -62), (-24, -70),
                    (-24.5, -68.5), (-24.5, -68.5), (-15, -57), (-7.5, -42), (-10, -22), (-14, -10),
                    (-14, -8)])  # fmt: skip
    prongs = [
        Part(forged(claw, 11, partial(_prong, side=side), 1.3, step=1.3), "steel")
        for side in (-1, 1)
    ]
    nape = flowing([(13, -10), (11, -30), (5, -38), (-7, -36), (-10, -22), (-13, -10)])
    bridge = lofted(nape, [(1.5, -9), (0, -7), (0, 7), (1.5, 9)])
    wedge = lofted(rectangle(14.5, -6, 17, 6), [(0, -8), (0, 8)])
    parts = [
        Part(poll, "steel"),
        Part(eye, "steel"),
        *prongs,
        Part(bridge, "steel"),
        *([Part(wedge, "wood")] if grip is None else []),
        *(_wooden(end) if grip is None else _moulded(end, grip)),
    ]
    return resting(parts)


def _cheek_shape(points: Array) -> Array:
    """Thick about the handle's eye, waisted towards the face and the claw."""
    y = points[:, 1]
    return np.asarray(points[:, 2] * (1 - 0.22 * smooth(y, 12, 27) - 0.2 * smooth(-y, 6, 17)))


def _prong(points: Array, side: int) -> Array:
    """Half a claw, which parts from the other half and thins towards its tip."""
    t = smooth(-points[:, 1], 14, 75)
    return np.asarray(points[:, 2] * (0.92 - 0.35 * t) + side * (4.6 + 7.5 * t))


def _handle(profile: list[tuple[float, float]], flatness: float, sides: int = 48) -> Part:
    """An oval bar; ``profile`` holds (x, half of its width)."""
    x, half = np.array(profile).T
    along = np.linspace(x[0], x[-1], 90)
    smoothed = np.interp(along, x, half)
    for _ in range(10):
        smoothed[1:-1] = (smoothed[:-2] + 2 * smoothed[1:-1] + smoothed[2:]) / 4

    def oval(angles: Array) -> Array:
        c, s = np.cos(angles), np.sin(angles)
        size = (np.abs(c) ** 2.5 + np.abs(s) ** 2.5) ** (-1 / 2.5)
        return np.stack((size * c, flatness * size * s), 1)

    return Part(tube([(float(v), 0.0, 0.0) for v in along], list(smoothed), sides, oval), "wood")


def _wooden(end: float) -> list[Part]:
    profile = [(end, 13), (end + 2, 16.5), (end + 8, 17.5), (end + 25, 16.5), (end + 80, 15.5),
               (end + 130, 16.5), (-90, 12.5), (-45, 11.5), (-14, 13), (15.5, 13)]  # fmt: skip
    return [_handle(profile, 0.72)]


def _moulded(end: float, colour: Colour) -> list[Part]:
    shaft = _handle([(end + 110, 12), (-60, 11.5), (-40, 12), (-14, 13), (15.3, 13)], 0.75)
    along = np.linspace(0, 150, 150)
    half = 16.3 + 1.6 * np.cos(2 * np.pi * along / 110) + 2.2 * (along < 9)
    half -= 0.9 * (np.cos(2 * np.pi * along / 7) > 0.6) * ((along > 22) & (along < 118))
    half *= np.clip(0.72 + along / 14, 0, 1) * np.clip(0.8 + (150 - along) / 25, 0, 1)

    def oval(angles: Array) -> Array:
        return np.stack((np.cos(angles), 0.78 * np.sin(angles)), 1)

    path = [(end + float(x), 0.0, 0.0) for x in along]
    grip = tube(path, list(half), 56, oval)
    collar = tube([(end + 146.0, 0.0, 0.0), (end + 152.0, 0.0, 0.0), (end + 158.0, 0.0, 0.0)],
                  [14.0, 13.6, 12.2], 64, oval)  # fmt: skip
    return [
        Part(shaft.mesh, "plastic", colour),
        Part(grip, "rubber", (0.02, 0.02, 0.022)),
        Part(collar, "plastic", colour),
    ]
