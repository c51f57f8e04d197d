"""Bars whose width and height change along a curved path: grips, handles, forged arms."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import trimesh
from scipy.interpolate import Akima1DInterpolator, PchipInterpolator

from datasets.render.solids import Array, shaded, tube

Knot: TypeAlias = tuple[float, float, float, float, float]  # x, y, z, width, height, mm

STEP_MM = 1.0
ROUNDED_SAMPLES = 7


def bar(
    knots: Sequence[Knot],
    squareness: float = 2.5,
    rounding: tuple[float, float] = (2.0, 2.0),
    ribs: tuple[float, float, float, float] | None = None,
    sides: int = 28,
) -> trimesh.Trimesh:
    """A smooth bar through ``knots``.

    ``squareness`` is the exponent of its section: 2 an ellipse, 6 nearly a rectangle. ``rounding``
    is the radius of the edge at either end. ``ribs`` (from, to, pitch, depth) are grooves across,
    measured along the path.
    """
    table = np.array(knots, float)
    at = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(table[:, :3], axis=0), axis=1))])
    length = at[-1]
    edge = 1 - np.cos(np.linspace(0, np.pi / 2, ROUNDED_SAMPLES))
    start, end = rounding
    along = np.concatenate(
        [
            start * edge,
            np.linspace(start, length - end, max(3, int(length / STEP_MM)))[1:-1],
            length - end * edge[::-1],
        ]
    )
    path = Akima1DInterpolator(at, table[:, :3], method="makima")(along)
    size = PchipInterpolator(at, table[:, 3:])(along)
    for radius, distance in ((start, along), (end, length - along)):
        missing = np.clip(radius - distance, 0, None)
        size -= 2 * (radius - np.sqrt(np.maximum(radius**2 - missing**2, 0)))[:, None]
    if ribs:
        first, last, pitch, depth = ribs
        within = (along > first) & (along < last)
        groove = 0.5 - 0.5 * np.cos(2 * np.pi * (along - first) / pitch)
        size -= 2 * depth * (within * groove**3)[:, None]
    return tube(path, np.maximum(size, 0.02) / 2, sides, _superellipse(squareness))


def _superellipse(exponent: float) -> Callable[[Array], Array]:
    def section(angles: Array) -> Array:
        both = np.stack((np.cos(angles), np.sin(angles)), 1)
        return np.asarray(np.sign(both) * np.abs(both) ** (2 / exponent))

    return section


def warped(mesh: trimesh.Trimesh, move: Callable[[Array], Array]) -> trimesh.Trimesh:
    """``mesh`` with its points (N, 3) moved; flat faces stay flat where ``move`` is linear."""
    return shaded(move(mesh.triangles.reshape(-1, 3)).reshape(-1, 3, 3))
