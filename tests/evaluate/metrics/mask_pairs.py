"""Deterministic pairs of a prediction (Alpha) and its ground truth (Mask), easy and degenerate."""

from collections.abc import Iterator

import cv2
import numpy as np

from datasets.arrays import Alpha, Mask

Pair = tuple[Alpha, Mask]


def pairs() -> dict[str, Pair]:
    """Named pairs, at most 240×320 px."""
    return {**dict(_drawn()), **dict(_random()), **dict(_degenerate())}


def drawn_truth(height: int, width: int) -> Mask:
    """A bent tool with a hole, thin prongs and a second part."""
    plane = np.zeros((height, width), np.uint8)
    unit = min(height, width) / 100
    at = np.array([width, height]) / 100

    def point(x: float, y: float) -> tuple[int, int]:
        return int(x * at[0]), int(y * at[1])

    cv2.ellipse(plane, point(40, 45), point(26, 18), 25, 0, 360, 1, -1)
    cv2.circle(plane, point(36, 42), int(7 * unit), 0, -1)
    cv2.line(plane, point(55, 55), point(88, 85), 1, max(1, int(6 * unit)))
    for x in (70, 76, 82):
        cv2.line(plane, point(x, 15), point(x + 3, 40), 1, max(1, int(unit)))
    cv2.circle(plane, point(12, 86), int(9 * unit), 1, -1)
    return plane.astype(bool)


def soft(mask: Mask, sigma_px: float, shift_px: int = 0) -> Alpha:
    """A Mask with a soft edge, moved to the right."""
    blurred = cv2.GaussianBlur(mask.astype(np.uint8) * 255, (0, 0), sigma_px)
    return np.asarray(np.roll(blurred, shift_px, axis=1), np.uint8)


def _drawn() -> Iterator[tuple[str, Pair]]:
    for height, width in ((90, 120), (240, 320)):
        size, truth = f"{height}x{width}", drawn_truth(height, width)
        grown = cv2.dilate(truth.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)
        half = truth.copy()
        half[:, width // 2 :] = False
        sheet = np.zeros_like(truth)
        sheet[5:-9, 3:-20] = True
        yield f"soft {size}", (soft(truth, 2), truth)
        yield f"shifted {size}", (soft(truth, 1, 3), truth)
        yield f"grown {size}", (soft(grown, 1), truth)
        yield f"half {size}", (np.where(half, np.uint8(255), np.uint8(0)), truth)
        yield f"sheet {size}", (soft(sheet, 3), truth)
        yield f"swapped {size}", (soft(truth, 1), sheet)
        yield f"dim {size}", (np.where(truth, np.uint8(3), np.uint8(0)), truth)
        yield f"gray {size}", (soft(truth, 2) // 2 + 40, truth)


def _random() -> Iterator[tuple[str, Pair]]:
    rng = np.random.default_rng(7)
    for n, (height, width) in enumerate(((33, 47), (64, 64), (120, 90))):
        levels = rng.integers(0, 256, (height, width), dtype=np.uint8)
        coarse = rng.standard_normal((height // 8, width // 8)).astype(np.float32)
        blobs = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        others = np.roll(blobs, 3, axis=0) + rng.standard_normal(blobs.shape) * 0.3
        yield f"levels {n}", (levels, rng.random((height, width)) < 0.4)
        yield f"blobs {n}", (np.clip(others * 90 + 128, 0, 255).astype(np.uint8), blobs > 0.2)
        binary = np.where(rng.random((height, width)) < 0.3, np.uint8(255), np.uint8(0))
        yield f"binary {n}", (binary, blobs > 0)


def _degenerate() -> Iterator[tuple[str, Pair]]:
    truth = drawn_truth(60, 80)
    empty, full = np.zeros_like(truth), np.ones_like(truth)
    pixel, row = empty.copy(), empty.copy()
    pixel[20, 30] = row[17] = True
    alpha = soft(truth, 2)
    black, white = np.zeros_like(alpha), np.full_like(alpha, 255)
    yield "empty prediction", (black, truth)
    yield "full prediction", (white, truth)
    yield "empty truth", (alpha, empty)
    yield "full truth", (alpha, full)
    yield "both empty", (black, empty)
    yield "both full", (white, full)
    yield "one pixel", (soft(truth, 2), pixel)
    yield "one row", (soft(row, 1), row)
    yield "perfect", (np.where(truth, np.uint8(255), np.uint8(0)), truth)
    yield "inverse", (np.where(truth, np.uint8(0), np.uint8(255)), truth)
