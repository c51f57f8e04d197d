"""A ratchet handle and the sockets that go on it (3/8 inch square drive)."""

import numpy as np
from shapely import affinity

from datasets.render.forged import forged
from datasets.render.shapes import (
    disc,
    filleted,
    flowing,
    polygon,
    rectangle,
    resting,
    rounded,
    smooth,
    twelve_point,
)
from datasets.render.solids import Array, Colour, Part, Tool, lathe, lofted, moved, tube

DRIVE_MM = 9.5


def ratchet(length_mm: float = 195, grip: Colour | None = None) -> Tool:
    """A round head with its direction lever up; the grip knurled, or of rubber where coloured."""
    end = 17.0 - length_mm
    neck = flowing([(-8, 9), (-20, 6.5), (-40, 5.4), (-58, 3), (-58, -3), (-40, -5.4), (-20, -6.5),
                    (-8, -9)])  # fmt: skip
    outline = filleted(disc(16.5).union(neck), 22)
    head = forged(outline, 12, _head_shape, 2.0)
    shaft = lathe([(end + 80, 5.4), (end + 88, 5.6), (-58, 5.2), (-40, 4.9), (-30, 4.2)], 64)
    plate = lofted(disc(11.5), [(0, 5.6), (0, 6.3), (0.3, 6.6)])
    hub = lofted(disc(6), [(0, 6), (0, 8.2), (0.8, 9)])
    lever = lofted(
        affinity.rotate(flowing([(0, 6), (9, 4), (15, 3), (15, -3), (9, -4), (0, -6),
                                 (-5, 0)]), 196, origin=(0, 0)),
        [(0, 6.8), (0, 8.8), (0.9, 9.6)],
    )  # fmt: skip
    screws = [
        Part(lofted(disc(1.4, *at).difference(rectangle(-20, at[1] - 0.3, 20, at[1] + 0.3)),
                    [(0, 6), (0, 6.8)]), "steel")
        for at in ((8.4, 3.2), (8.4, -3.2))
    ]  # fmt: skip
    drive = lofted(rounded(polygon(4, DRIVE_MM, 45), 0.5), [(1, -18), (0, -17), (0, -4)])
    parts = [
        Part(head, "chrome"),
        Part(shaft, "chrome"),
        Part(plate, "satin"),
        Part(hub, "satin"),
        Part(lever, "blackened"),
        *screws,
        Part(drive, "satin"),
        *(_rubber_grip(end, grip) if grip else _knurled_grip(end)),
    ]
    # The drive and the end of the grip touch the table.
    pitch = -float(np.rad2deg(np.arctan2(18 - 9.3, -end)))
    return resting([p._replace(mesh=moved(p.mesh, pitch=pitch)) for p in parts])


def socket(size_mm: float = 17, standing: bool = False, finish: str = "chrome") -> Tool:
    """A twelve-point socket, lying along x or standing with its mouth up."""
    wide, narrow = 0.62 * size_mm + 2.2, max(0.62 * size_mm + 1.2, 8.3)
    length, waist = 26.0 + 0.1 * size_mm, 12.0
    mouth = disc(wide).difference(twelve_point(size_mm))
    back = disc(narrow).difference(rounded(polygon(4, DRIVE_MM + 0.3, 45), 0.3))
    groove = [(0, 4), (0.5, 4.2), (0.5, 5.4), (0, 5.6)]
    profile = [(0.7, 0), (0, 0.7), *groove, (0, waist)]
    rim = forged(mouth, length - waist, lambda points: points[:, 2], 0.7, step=1.4)
    parts = [
        Part(lofted(back, profile), finish),
        Part(moved(rim, z=(length + waist) / 2 - 0.7), finish),
    ]
    if standing:
        return resting(parts)
    return resting([p._replace(mesh=moved(p.mesh, pitch=90)) for p in parts])


def _head_shape(points: Array) -> Array:
    x, z = points[:, 0], points[:, 2]
    return np.asarray(z * (0.4 + 0.45 * smooth(x, -56, -26) + 0.15 * smooth(x, -26, -14)))


def _knurled_grip(end: float) -> list[Part]:
    """Chrome, two turned rings and a cross-cut zone between them."""
    start, stop = end + 8, end + 78
    along = np.arange(start, stop, 0.45)
    radius = 8.2 + 0.25 * np.cos(2 * np.pi * along / 1.8)
    knurl = tube([(float(x), 0.0, 0.0) for x in along], list(radius), 84, _knurled)
    profile = [(end, 6.5), (end + 0.6, 8.2), (end + 1.6, 9.2), (end + 5.4, 9.2), (end + 6.4, 8.4)]
    cap = lathe([*profile, (end + 7, 7.2), (end + 9, 7.2)])
    rings = [(0, 7.2), (1.5, 7.2), (2.1, 8.6), (2.8, 9.0), (5, 8.6), (9, 6.6), (14, 5.6), (15, 5.4)]
    collar = lathe([(stop - 1 + x, r) for x, r in rings])
    return [Part(knurl, "satin"), Part(cap, "chrome"), Part(collar, "chrome")]


def _rubber_grip(end: float, colour: Colour) -> list[Part]:
    """A black grip with a coloured end and ribs for the fingers."""
    along = np.linspace(0, 86, 130)
    swell = 7.6 + 1.9 * np.sin(np.pi * along / 86) ** 2 + 1.1 * (along < 12)
    ribs = 0.5 * (1 - np.abs(np.cos(np.pi * along / 4.4))) * ((along > 30) & (along < 66))
    soft = np.minimum(swell - ribs, 1.5 + 2.6 * np.sqrt(np.minimum(along, 86 - along) + 0.05) * 1.6)
    grip = lathe([(end + 4 + float(x), float(r)) for x, r in zip(along, soft, strict=True)])
    cap = lathe([(end, 6.8), (end + 0.8, 8.4), (end + 2, 9.2), (end + 11, 9.2), (end + 12, 8.6)])
    return [Part(grip, "rubber", (0.02, 0.02, 0.022)), Part(cap, "plastic", colour)]


def _knurled(angles: Array) -> Array:
    radius = 1 + 0.03 * np.cos(28 * angles)
    return np.stack((radius * np.cos(angles), radius * np.sin(angles)), 1)
