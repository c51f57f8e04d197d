"""Sheets and tables, as textures of linear reflectance. Each function here is one, by its name."""

import numpy as np

from datasets.render.materials import Bsdf, picture, principled
from datasets.render.noise import Array, cloud, grain, mixed, scratches

TILE_MM = 500.0  # what a table's pattern repeats at
SIZE = 2048


def sheet(paper: str, seed: int, width_mm: float, height_mm: float) -> Array:
    """A sheet's colours (H, W, 3), 4 px a mm."""
    height, width = round(4 * height_mm), round(4 * width_mm)
    y, x = np.mgrid[:height, :width] / 4.0
    fibre, soft = (
        np.pad(pattern, ((0, height), (0, width)), "wrap")[:height, :width] - 0.5
        for pattern in (cloud(seed, 1024, 0.5), cloud(seed + 1, SIZE, 1.6))
    )
    base = {
        "white": (0.80, 0.80, 0.79),
        "cream": (0.76, 0.71, 0.6),
        "grey": (0.33, 0.33, 0.34),
        "kraft": (0.43, 0.29, 0.165),
        "squared": (0.79, 0.79, 0.78),
        "ruled": (0.80, 0.79, 0.75),
    }[paper]
    strength = 0.3 if paper == "kraft" else 0.05
    colours = np.array(base) * (1 + strength * fibre + 0.03 * soft)[..., None]
    lines = np.zeros((height, width))
    if paper == "squared":
        lines = np.maximum(_lines(x, 5, 0.25), _lines(y, 5, 0.25)) * 0.45
    if paper == "ruled":
        lines = _lines(y, 8, 0.35) * 0.5
    ink = np.array((0.35, 0.52, 0.72))
    return np.asarray(colours * (1 - lines[..., None] * (1 - ink)))


def table(kind: str, seed: int) -> Bsdf:
    """A table top, its pattern ``TILE_MM`` wide."""
    made: Bsdf = globals()[f"_{kind}"](seed)
    return made


def _oak(seed: int) -> Bsdf:
    planks = [grain(seed + i, 1024) for i in range(4)]
    rings = np.concatenate([np.repeat(plank[: SIZE // 8], 2, axis=1) for plank in planks] * 2)
    tone = np.repeat(np.random.default_rng(seed).uniform(0.75, 1.1, 8), SIZE // 8)[:, None, None]
    colours = mixed((0.36, 0.21, 0.10), (0.17, 0.085, 0.038), rings[:, :SIZE]) * tone
    gap = np.arange(SIZE) % (SIZE // 8) < 3
    colours[gap] *= 0.25
    return principled(picture(colours), picture(0.35 + 0.25 * cloud(seed)), specular=0.5)


def _pine(seed: int) -> Bsdf:
    rings = np.repeat(np.repeat(grain(seed, 1024), 2, 0), 2, 1)
    stains = np.clip(2.2 * cloud(seed + 7, SIZE, 1.7) - 1.1, 0, 1)
    colours = mixed((0.56, 0.4, 0.22), (0.36, 0.21, 0.095), rings)
    colours *= 1 - 0.55 * stains[..., None] - 0.3 * scratches(seed, SIZE, 300)[..., None]
    return principled(picture(colours), 0.55, specular=0.4)


def _slate(seed: int) -> Bsdf:
    share = 0.7 * cloud(seed, SIZE, 0.6) + 0.3 * cloud(seed + 1, SIZE, 1.6)
    colours = mixed((0.028, 0.031, 0.036), (0.085, 0.09, 0.1), share)
    colours += 0.05 * scratches(seed, SIZE, 350)[..., None]
    return principled(picture(colours), picture(0.38 + 0.2 * cloud(seed + 2)), specular=0.5)


def _concrete(seed: int) -> Bsdf:
    share = 0.45 * cloud(seed, SIZE, 0.3) + 0.55 * cloud(seed + 1, SIZE, 1.3)
    pits = np.clip(12 * (cloud(seed + 2, SIZE, 0.7) - 0.72), 0, 1)
    colours = mixed((0.2, 0.195, 0.185), (0.42, 0.41, 0.39), share) * (1 - 0.6 * pits[..., None])
    return principled(picture(colours), 0.75, specular=0.3)


def _desk(seed: int) -> Bsdf:
    colours = mixed((0.68, 0.67, 0.65), (0.74, 0.73, 0.71), cloud(seed, SIZE, 1.5))
    return principled(picture(colours), picture(0.25 + 0.15 * cloud(seed + 1)), specular=0.5)


def _granite(seed: int) -> Bsdf:
    grains = np.clip(6 * (cloud(seed, SIZE, 0.65, coarse=24) - 0.5) + 0.5, 0, 1)
    black = np.clip(9 * (cloud(seed + 1, SIZE, 0.6, coarse=24) - 0.6), 0, 1)
    colours = mixed((0.24, 0.19, 0.16), (0.5, 0.43, 0.37), grains)
    colours = colours * (1 - 0.9 * black[..., None])
    return principled(picture(colours), 0.12, specular=0.5)


def _mat(seed: int) -> Bsdf:
    y, x = np.mgrid[:SIZE, :SIZE] * (TILE_MM / SIZE)
    lines = np.maximum(_lines(x, 10, 0.35), _lines(y, 10, 0.35)) * 0.35
    lines = np.maximum(lines, np.maximum(_lines(x, 50, 0.6), _lines(y, 50, 0.6)) * 0.8)
    cuts = 0.7 * scratches(seed, SIZE, 250)
    wear = 0.75 + 0.5 * cloud(seed, SIZE, 1.3)
    colours = np.array((0.02, 0.105, 0.075)) * wear[..., None]
    colours += (0.35 * lines + 0.08 * cuts)[..., None] * (0.75, 0.9, 0.6)
    return principled(picture(colours), 0.55, specular=0.35)


def _lines(position: Array, every: float, width: float) -> Array:
    """Ruled lines, 1 at their middle, soft by a quarter of a millimetre."""
    distance = np.abs((position + every / 2) % every - every / 2)
    return np.clip((width / 2 + 0.125 - distance) / 0.25, 0, 1)
