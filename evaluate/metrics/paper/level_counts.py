"""The joint histogram of a prediction's levels and its ground truth, per quadrant of the photo.

It holds all that MAE, S-, E- and F-measure and the overlap at any threshold depend on, so one pass
over a photo gives them all exactly.

The four quadrants meet at the truth's centroid (Fan 2017): rows 0..r and columns 0..c, both ends
included, belong to the upper left one, with (r, c) the mean position of the truth's pixels, rounded
half to even. An empty truth has its centroid in the middle of the photo.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Alpha, Mask

PixelCounts = npt.NDArray[np.int64]
LevelValues = npt.NDArray[np.float64]

_MOST_PX = 1 << 24  # OpenCV returns float32 counts, which are exact up to here


@dataclass(frozen=True)
class LevelCounts:
    """``quadrants`` is int64 4×2×256: pixels by quadrant, truth (0 background) and level.

    The quadrants are in the order upper left, upper right, lower left, lower right.
    """

    quadrants: PixelCounts

    @property
    def by_truth(self) -> PixelCounts:
        """int64 2×256: pixels by truth (0 background, 1 foreground) and level."""
        return np.asarray(self.quadrants.sum(axis=0))

    @property
    def extremes(self) -> tuple[int, int]:
        """The lowest and the highest level that occur."""
        found = np.flatnonzero(self.by_truth.any(axis=0))
        return int(found[0]), int(found[-1])


def level_counts(alpha: Alpha, truth: Mask) -> LevelCounts:
    """Count the levels of an Alpha (uint8 H×W) against a truth (bool, same size, not 0×0).

    Raises:
        ValueError: the shapes differ.
    """
    if alpha.shape != truth.shape:
        raise ValueError(f"prediction is {alpha.shape}, truth is {truth.shape}")
    binary = np.ascontiguousarray(truth).view(np.uint8)
    row, column = _centroid(binary)
    # Outside the box that holds both, every pixel is level 0 of the background.
    top, left, bottom, right = _box(alpha, binary)
    parts = []
    for rows in (slice(0, row + 1), slice(row + 1, truth.shape[0])):
        for columns in (slice(0, column + 1), slice(column + 1, truth.shape[1])):
            inner = (
                slice(max(rows.start, top), min(rows.stop, bottom)),
                slice(max(columns.start, left), min(columns.stop, right)),
            )
            counts = _counts(alpha[inner], binary[inner])
            counts[0, 0] += alpha[rows, columns].size - counts.sum()
            parts.append(counts)
    return LevelCounts(np.stack(parts))


def stored_values() -> LevelValues:
    """The value of each level as stored: float64 256, level / 255."""
    return np.arange(256) / 255


def stretched_values(counts: LevelCounts) -> LevelValues:
    """The value of each level stretched (float64 256); only those of occurring levels are meant."""
    low, high = (level / 255 for level in counts.extremes)
    return stored_values() if low == high else (stored_values() - low) / (high - low)


def stretched_levels(values: LevelValues) -> npt.NDArray[np.uint8]:
    """The 8-bit level of each stretched value (uint8 256), rounded down as PySODMetrics does."""
    return (np.clip(values, 0, 1) * 255).astype(np.uint8)


def _box(alpha: Alpha, truth: npt.NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of what is not level 0 of the background; ends are exclusive."""
    boxes = [cv2.boundingRect(np.ascontiguousarray(plane)) for plane in (alpha, truth)]
    some = [(y, x, y + height, x + width) for x, y, width, height in boxes if width]
    if not some:
        return 0, 0, 0, 0
    tops, lefts, bottoms, rights = zip(*some, strict=True)
    return min(tops), min(lefts), max(bottoms), max(rights)


def _centroid(truth: npt.NDArray[np.uint8]) -> tuple[int, int]:
    height, width = truth.shape
    rows = cv2.reduce(truth, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    columns = cv2.reduce(truth, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel()
    area = int(rows.sum(dtype=np.int64))
    if not area:
        return round(height / 2), round(width / 2)
    # Python integers and int64 sums are exact; the quotient is rounded once, as a mean is.
    return (
        round(int(rows.astype(np.int64) @ np.arange(height)) / area),
        round(int(columns.astype(np.int64) @ np.arange(width)) / area),
    )


def _counts(alpha: npt.NDArray[np.uint8], truth: npt.NDArray[np.uint8]) -> PixelCounts:
    """int64 2×256: pixels by truth and level."""
    total = np.zeros((256, 2), np.int64)
    if not alpha.size:
        return total.T
    rows = max(1, _MOST_PX // alpha.shape[1])
    for top in range(0, len(alpha), rows):
        planes = [alpha[top : top + rows], truth[top : top + rows]]
        found = cv2.calcHist(planes, [0, 1], None, [256, 2], [0, 256, 0, 2])
        total += found.astype(np.int64)
    return total.T
