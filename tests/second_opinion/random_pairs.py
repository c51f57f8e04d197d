"""Random small pairs of a predicted alpha and a ground truth, degenerate ones among them."""

from typing import Any

import numpy as np

LARGEST = 24  # px of a side


def random_pair(seed: int, number: int) -> tuple[Any, Any]:
    """Two planes of levels (uint8 H×W). The truth of binary measures is the second, cut at 128."""
    rng = np.random.default_rng([seed, number])
    shape = tuple(int(side) for side in rng.integers(1, LARGEST + 1, 2))
    truth = _plane(rng, shape)
    if rng.random() < 0.3:  # a prediction that is nearly right
        noise = rng.integers(-40, 41, shape) * (rng.random(shape) < 0.3)
        return np.clip(truth.astype(int) + noise, 0, 255).astype(np.uint8), truth
    return _plane(rng, shape), truth


def _plane(rng: Any, shape: tuple[int, ...]) -> Any:
    height, width = shape
    plane = np.zeros(shape, np.uint8)
    way = int(rng.integers(0, 11))
    y, x = int(rng.integers(height)), int(rng.integers(width))
    bottom, right = int(rng.integers(y, height)) + 1, int(rng.integers(x, width)) + 1
    if way == 1:
        plane[:] = 255
    elif way == 2:
        plane[y, x] = 255
    elif way == 3:
        plane[y] = 255
    elif way == 4:
        plane[:] = rng.integers(256)
    elif way == 5:
        plane = np.where(rng.random(shape) < rng.random(), 255, 0).astype(np.uint8)
    elif way == 6:
        plane = rng.integers(0, 256, shape, dtype=np.uint8)
    elif way == 7:
        plane = rng.choice(rng.integers(0, 256, 3, dtype=np.uint8), shape)
    elif way >= 8:  # a rectangle, some with a soft edge or a hole
        plane[y:bottom, x:right] = 255
        if way == 9:
            around = np.pad(plane.astype(float), 1, mode="edge")
            parts = [around[i : i + height, j : j + width] for i in range(3) for j in range(3)]
            plane = np.mean(parts, axis=0).astype(np.uint8)
        elif way == 10:
            plane[(y + bottom) // 2, (x + right) // 2] = 0
    return plane
