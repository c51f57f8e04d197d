"""A mask as the outline that a browser draws: SVG path data, sharp at any zoom, a few kB.

The mask is shrunk to the size it is shown at, each pixel becoming the share of it that is inside,
and the outline runs where that share is one half: nearer to the true edge than a pixel. Outlines
of holes are part of the path, so it is to be filled by the even-odd rule.
"""

import cv2
import numpy as np
import numpy.typing as npt
from contourpy import contour_generator

STEPS = 4  # units of the path in a pixel
SLACK_PX = 0.35  # how far simplifying may move an outline


def outline(levels: npt.NDArray[np.uint8]) -> str:
    """Path data around what of ``levels`` (uint8 H×W) is above the half, in 1/``STEPS`` px."""
    x, y, width, height = cv2.boundingRect(levels)
    # A border of background closes what touches the picture's edge.
    inside = cv2.copyMakeBorder(
        levels[y : y + height, x : x + width], 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
    )
    lines = contour_generator(z=inside).lines(127.5)
    corner = np.array([x, y]) - 0.5  # from the border's pixel centres to the picture's corner
    return "".join(_closed(np.asarray(line) + corner) for line in lines)


def _closed(line: npt.NDArray[np.float64]) -> str:
    points = cv2.approxPolyDP(line.astype(np.float32), SLACK_PX, True)[:, 0]
    if len(points) < 3:
        return ""  # a speck that has no area at this size
    units = np.rint(points * STEPS).astype(int)
    (left, top), moves = units[0], np.diff(units, axis=0)
    return f"M{left} {top}l{' '.join(f'{dx} {dy}' for dx, dy in moves)}z"
