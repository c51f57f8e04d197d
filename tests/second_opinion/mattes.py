"""Matting errors by definition, in plain NumPy, from Rhemann 2009."""

import math
from typing import Any

import numpy as np

SIGMA = 1.4


def matting(alpha: Any, truth: Any, regions: dict[str, Any]) -> dict[str, dict[str, float]]:
    """SAD, MSE, gradient and connectivity error over each region, of levels 0..255."""
    a, t = alpha / 255, truth / 255
    steep = (gradient(a) - gradient(t)) ** 2
    first, second = connectivity(alpha, truth)
    return {
        name: {
            "sad": float(np.abs(a - t)[region].sum() / 1000),
            "mse": float(((a - t) ** 2)[region].mean()) if region.any() else 0.0,
            "gradient": float(steep[region].sum() / 1000),
            "connectivity": float(np.abs(first - second)[region].sum() / 1000),
        }
        for name, region in regions.items()
    }


def gradient(plane: Any) -> Any:
    """The length of the gradient by Gaussian derivatives of unit norm, edges replicated."""

    def gauss(x: float) -> float:
        return math.exp(-(x**2) / (2 * SIGMA**2)) / (SIGMA * math.sqrt(2 * math.pi))

    half = math.ceil(SIGMA * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * SIGMA * 0.01)))
    axis = range(-half, half + 1)
    kernel = np.array([[gauss(y) * -x * gauss(x) / SIGMA**2 for x in axis] for y in axis])
    kernel /= math.sqrt((kernel**2).sum())
    padded = np.pad(plane, half, mode="edge")
    height, width = plane.shape
    across, down = np.zeros(plane.shape), np.zeros(plane.shape)
    for dy in range(2 * half + 1):
        for dx in range(2 * half + 1):
            part = padded[dy : dy + height, dx : dx + width]
            across += kernel[dy, dx] * part
            down += kernel[dx, dy] * part
    return np.sqrt(across**2 + down**2)


def connectivity(alpha: Any, truth: Any) -> tuple[Any, Any]:
    """φ of both: 1 − d where d, the distance to the last connected level, is 0.15 or more."""
    reached = np.zeros(alpha.shape)
    stays = np.ones(alpha.shape, bool)
    for step in range(1, 11):
        high = (10 * alpha.astype(int) >= 255 * step) & (10 * truth.astype(int) >= 255 * step)
        stays &= _largest_region(high)
        reached[stays] = step / 10

    def phi(levels: Any) -> Any:
        away = levels / 255 - reached
        return 1 - away * (away >= 0.15)

    return phi(alpha), phi(truth)


def _largest_region(plane: Any) -> Any:
    """The largest 4-connected region; of equal ones the first in reading order."""
    left = plane.copy()
    best: list[tuple[int, int]] = []
    height, width = plane.shape
    for y, x in np.argwhere(plane):
        if not left[y, x]:
            continue
        left[y, x] = False
        region, pending = [], [(int(y), int(x))]
        while pending:
            i, j = pending.pop()
            region.append((i, j))
            for p, q in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                if 0 <= p < height and 0 <= q < width and left[p, q]:
                    left[p, q] = False
                    pending.append((p, q))
        if len(region) > len(best):
            best = region
    found = np.zeros(plane.shape, bool)
    for i, j in best:
        found[i, j] = True
    return found
