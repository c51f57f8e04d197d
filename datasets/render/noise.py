"""Seeded patterns: what makes a surface look used instead of computed.

Everything repeats without a seam, as its spectrum is made and not its pixels.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[Any]


def cloud(
    seed: int, size: int = 512, slope: float = 1.0, stretch: float = 1.0, coarse: int = 1
) -> Array:
    """A pattern of 0..1 (size×size): ``slope`` 0 is fine grain, 2 soft clouds.

    ``stretch`` above 1 draws it out along x. Waves longer than 1/``coarse`` of the width are left
    out.
    """
    rng = np.random.default_rng(seed)
    fy, fx = np.meshgrid(np.fft.fftfreq(size), np.fft.rfftfreq(size), indexing="ij")
    frequency = np.hypot(fx * stretch, fy) * size
    weight = np.where(frequency >= coarse, np.maximum(frequency, 1) ** -slope, 0.0)
    spectrum = np.fft.rfft2(rng.standard_normal((size, size))) * weight
    field = np.fft.irfft2(spectrum, (size, size))
    return np.asarray(np.clip(0.5 + field / (6 * field.std()), 0, 1))


def scratches(seed: int, size: int = 1024, count: int = 260) -> Array:
    """Fine straight lines, 1 where scratched, else 0 (size×size)."""
    import cv2

    rng = np.random.default_rng(seed)
    drawn = np.zeros((size, size), np.float32)
    for _ in range(count):
        x, y = rng.uniform(0, size, 2)
        angle, length = rng.normal(0, 0.5) + (rng.random() < 0.2) * 1.5, rng.exponential(60)
        end = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
        cv2.line(drawn, (int(x), int(y)), end, float(rng.uniform(0.2, 1)), 1, cv2.LINE_AA)
    return drawn


def mixed(low: tuple[float, ...], high: tuple[float, ...], share: Array) -> Array:
    """Two colours (linear RGB) mixed by a share of 0..1: (H, W, 3)."""
    both: Array = np.asarray(low) * (1 - share[..., None]) + np.asarray(high) * share[..., None]
    return both


def grain(seed: int, size: int = 1024) -> Array:
    """Wood grain along x, 0 early wood, 1 late wood (size×size)."""
    bend = cloud(seed, size, 1.8, stretch=6.0)
    y = np.linspace(0, 1, size, endpoint=False)[:, None]
    rings = 0.5 + 0.5 * np.sin(2 * np.pi * (9 * y + 7 * bend))
    pores = cloud(seed + 1, size, 0.3, stretch=40.0)
    return np.asarray(np.clip(0.65 * rings**2 + 0.7 * (pores - 0.35), 0, 1))
