"""Screwdrivers: a handle turned or moulded, a ferrule, a round blade, a flat or cross tip."""

import numpy as np
import trimesh
from scipy.interpolate import PchipInterpolator

from datasets.render.bars import Knot, bar, warped
from datasets.render.colours import AMBER, BLACK, RED
from datasets.render.shapes import resting
from datasets.render.solids import Array, Colour, Part, Tool, lathe, moved, tube

FLUTES = 8


def fluted_screwdriver(
    length: float = 210.0, width: float = 6.5, colour: Colour = AMBER, cross: bool = False
) -> Tool:
    """A screwdriver with a clear fluted handle; ``width`` of the tip in mm, ``cross`` for Phillips.

    The blade is as thick as the tip is wide, or a little less.
    """
    grip = 0.46 * length
    rows = [
        (0.0, 0.62, 0.0),
        (0.015, 0.8, 0.0),
        (0.05, 0.94, 0.0),
        (0.1, 1.0, 0.1),
        (0.16, 1.0, 1.0),
        (0.66, 1.0, 1.0),
        (0.76, 0.9, 0.35),
        (0.82, 0.72, 0.0),
        (0.88, 0.6, 0.0),
        (0.95, 0.58, 0.0),
        (0.99, 0.55, 0.0),
        (1.0, 0.5, 0.0),
    ]
    radius = 2.1 * width
    handle = _fluted([(x * grip, r * radius, f) for x, r, f in rows], depth=0.17)
    ferrule = lathe(
        [
            (grip - 3, 0.42 * radius),
            (grip + 3.4, 0.42 * radius),
            (grip + 4, 0.38 * radius),
        ],
    )
    tool = [
        Part(handle, "acetate", colour),
        Part(ferrule, "chrome"),
        *_blade(grip, length, width, cross),
    ]
    return resting(tool)


def soft_screwdriver(
    length: float = 220.0,
    width: float = 6.0,
    colour: Colour = RED,
    accent: Colour = BLACK,
    cross: bool = True,
) -> Tool:
    """A screwdriver with a hard core in ``colour`` and soft panels in ``accent`` around it."""
    grip, radius = 0.5 * length, 16.0 if width > 4 else 12.0
    rows = [
        (0.0, 0.7),
        (0.03, 0.86),
        (0.1, 0.97),
        (0.3, 1.02),
        (0.48, 0.94),
        (0.6, 0.86),
        (0.72, 0.66),
        (0.79, 0.58),
        (0.87, 0.68),
        (0.91, 0.7),
        (0.96, 0.5),
        (1.0, 0.36),
    ]
    sizes = [(x * grip, 0.0, 0.0, 2 * r * radius, 2 * r * radius) for x, r in rows]
    core = bar(sizes, 2.0, (2.5, 1.0), sides=48)
    panels = []
    shares, radii = np.array(rows).T
    for turn in range(30, 390, 60):
        knots: list[Knot] = []
        for share, wide in ((0.12, 5), (0.2, 9), (0.35, 9), (0.5, 9), (0.62, 6.5), (0.7, 3.5)):
            out = float(np.interp(share, shares, radii)) * radius - 3.4
            knots.append((share * grip, 0.0, out, wide, 8.0))
        panel = moved(bar(knots, 2.6, (2.5, 2.5), sides=20), roll=turn)
        panels.append(Part(panel, "rubber", accent))
    collar = bar(
        [(x * grip, 0, 0, 2.04 * r * radius, 2.04 * r * radius) for x, r in rows[6:10]],
        2.0,
        (0.6, 0.6),
        sides=48,
    )
    tool = [
        Part(core, "plastic", colour),
        Part(collar, "rubber", accent),
        *panels,
        *_blade(grip, length, width, cross),
    ]
    return resting(tool)


def _fluted(rows: list[tuple[float, float, float]], depth: float) -> trimesh.Trimesh:
    """A turned handle through (x, radius, share of the flutes' depth)."""
    table = np.array(rows)
    x = np.unique(np.concatenate([np.linspace(0, table[-1, 0], 70), table[:, 0]]))
    radius, share = PchipInterpolator(table[:, 0], table[:, 1:])(x).T
    plain = tube([(a, 0.0, 0.0) for a in x], radius, 120)

    def flute(points: Array) -> Array:
        angle = np.arctan2(points[:, 2], points[:, 1])
        phase = np.abs(np.sin(angle * FLUTES / 2))  # 0 in the middle of a flute
        groove = np.clip(1 - (phase / 0.75) ** 2, 0, 1)
        keep = 1 - depth * groove * np.interp(points[:, 0], x, share)
        return np.asarray(points * np.stack((np.ones_like(keep), keep, keep), 1))

    return warped(plain, flute)


def _blade(grip: float, length: float, width: float, cross: bool) -> list[Part]:
    """The round shaft from inside the handle to its tip, whose last part is blackened."""
    radius = 0.5 * width if cross else 0.45 * width
    tip = length - (2.2 * width if cross else 3.0 * width)
    shaft = lathe([(grip - 20, radius), (tip, radius)], 40)
    if not cross:
        return [Part(shaft, "chrome"), Part(_flat_tip(tip, length, radius, width), "blackened")]
    cone = [
        (tip - 0.01, radius),
        (length - 1.25 * width, radius),
        (length - 0.25 * width, 0.36 * radius),
        (length, 0.14 * radius),
    ]
    x = np.unique(np.concatenate([np.linspace(tip, length, 40), [a for a, _ in cone]]))
    plain = tube([(a, 0, 0) for a in x], np.interp(x, *np.array(cone).T), 96)

    def wings(points: Array) -> Array:
        angle = np.arctan2(points[:, 2], points[:, 1])
        off = np.abs(np.sin(2 * angle))  # 0 on a wing, 1 between two
        depth = np.clip((points[:, 0] - length + 1.35 * width) / (0.5 * width), 0, 1)
        keep = 1 - 0.5 * depth * np.clip((off - 0.35) / 0.3, 0, 1)
        return np.asarray(points * np.stack((np.ones_like(keep), keep, keep), 1))

    return [Part(shaft, "chrome"), Part(moved(warped(plain, wings), roll=20), "blackened")]


def _flat_tip(start: float, end: float, radius: float, width: float) -> trimesh.Trimesh:
    """The round shaft hammered flat: wider to the sides, thinner to the edge, ground square."""
    middle = start + 0.45 * (end - start)
    knots = [
        (start, 0.0, 0.0, 2 * radius, 2 * radius),
        (start + 2, 0.0, 0.0, 2.0 * radius, 1.98 * radius),
        (middle, 0.0, 0.0, 1.15 * width, 1.1 * radius),
        (end - 0.3 * (end - middle), 0.0, 0.0, 1.06 * width, 0.32 * width),
        (end, 0.0, 0.0, width, 0.17 * width),
    ]
    plain = bar(knots, 2.0, (0.01, 0.15), sides=40)

    def square(points: Array) -> Array:
        """From a round section to a rectangular one."""
        share = np.clip((points[:, 0] - start) / (middle - start), 0, 1)[:, None]
        wide = np.interp(points[:, 0], [k[0] for k in knots], [k[3] / 2 for k in knots])
        high = np.interp(points[:, 0], [k[0] for k in knots], [k[4] / 2 for k in knots])
        unit = points[:, 1:] / np.stack((wide, high), 1)
        grown = unit * 1.0
        longest = np.abs(unit).max(1, keepdims=True)
        size = np.linalg.norm(unit, axis=1, keepdims=True)
        grown *= 1 + share * (np.minimum(size / np.maximum(longest, 1e-6), 1.3) - 1)
        return np.concatenate((points[:, :1], grown * np.stack((wide, high), 1)), 1)

    return warped(plain, square)
