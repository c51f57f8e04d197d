"""Overlap, outlines and distances by definition, in plain NumPy, without regard to speed.

Written from the papers that docs/metrics.md names, and not from the code under test.
"""

import math
from typing import Any

import numpy as np

Values = dict[str, float]


def overlap(mask: Any, truth: Any) -> Values:
    """Jaccard 1912, Dice 1945, precision and recall; empty masks as docs/metrics.md has it."""
    both, either = int((mask & truth).sum()), int((mask | truth).sum())
    own, true = int(mask.sum()), int(truth.sum())
    if either == 0:
        return dict.fromkeys(("iou", "dice", "precision", "recall"), 1.0)
    if both == 0:
        return dict.fromkeys(("iou", "dice", "precision", "recall"), 0.0)
    return {
        "iou": both / either,
        "dice": 2 * both / (own + true),
        "precision": both / own,
        "recall": both / true,
    }


def outline(mask: Any) -> list[tuple[int, int]]:
    """The pixels with a 4-neighbour outside the mask or the photo."""
    height, width = mask.shape
    found = []
    for y in range(height):
        for x in range(width):
            if mask[y, x]:
                around = ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1))
                inner = all(0 <= i < height and 0 <= j < width and mask[i, j] for i, j in around)
                if not inner:
                    found.append((y, x))
    return found


def nearest(points: list[tuple[int, int]], others: list[tuple[int, int]]) -> Any:
    """The distance of each point to the nearest of the others."""
    steps = np.array(points)[:, None, :] - np.array(others)[None, :, :]
    return np.sqrt((steps**2).sum(axis=2).min(axis=1))


def percentile_95(values: Any) -> float:
    """Interpolated linearly between the two values around the place 0.95 · (n − 1)."""
    ordered = sorted(float(value) for value in values)
    place = 0.95 * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def distances(mask: Any, truth: Any, tolerances: tuple[float, ...]) -> Values:
    """Hausdorff 1993, HD95, ASSD; what lies in or out; shares within tolerances (Nikolov, Martin).

    Shares are ``surface_dice TOLERANCE`` and ``boundary_f TOLERANCE``.
    """
    names = ("hausdorff", "hd95", "assd", "mean", "inside", "outside")
    shares = [f"{name} {t:g}" for name in ("surface_dice", "boundary_f") for t in tolerances]
    if not (mask.any() and truth.any()):
        equal = not mask.any() and not truth.any()
        far = 0.0 if equal else math.sqrt(mask.shape[0] ** 2 + mask.shape[1] ** 2)
        return {**dict.fromkeys(names, far), **dict.fromkeys(shares, float(equal))}
    ours, theirs = outline(mask), outline(truth)
    a, b = nearest(ours, theirs), nearest(theirs, ours)
    found = {
        "hausdorff": max(a.max(), b.max()),
        "hd95": max(percentile_95(a), percentile_95(b)),
        "assd": (a.sum() + b.sum()) / (len(a) + len(b)),
        "mean": (a.sum() / len(a) + b.sum() / len(b)) / 2,
        "inside": percentile_95([0 if mask[p] else d for p, d in zip(theirs, b, strict=True)]),
        "outside": percentile_95([0 if truth[p] else d for p, d in zip(ours, a, strict=True)]),
    }
    for t in tolerances:
        p, r = (a <= t).sum() / len(a), (b <= t).sum() / len(b)
        near = (a <= t).sum() + (b <= t).sum()
        found[f"surface_dice {t:g}"] = near / (len(a) + len(b))
        found[f"boundary_f {t:g}"] = 2 * p * r / (p + r) if p + r else 0.0
    return {name: float(value) for name, value in found.items()}


def boundary_iou(mask: Any, truth: Any, width: int) -> float:
    """Cheng 2021: IoU of the inner borders."""
    return overlap(inner_border(mask, width), inner_border(truth, width))["iou"]


def inner_border(mask: Any, width: int) -> Any:
    """The pixels within ``width`` (Chebyshev) of the outside."""
    height, wide = mask.shape
    padded = np.zeros((height + 2 * width, wide + 2 * width), bool)
    padded[width : width + height, width : width + wide] = mask
    inner = np.ones(mask.shape, bool)
    for dy in range(2 * width + 1):
        for dx in range(2 * width + 1):
            inner &= padded[dy : dy + height, dx : dx + wide]
    return mask & ~inner
