"""A mask's outline as SVG path data: sharp at any zoom, and only a few kB.

The mask is shrunk to its displayed size, so that each pixel holds the share of foreground in it.
The outline follows the level of one half, with an accuracy below one pixel. Holes are part of the
path, so it must be filled by the even-odd rule.
"""

import cv2
import numpy as np
import numpy.typing as npt
from contourpy import contour_generator

from datasets.arrays import Mask

STEPS = 4  # path units per pixel
SIMPLIFY_PX = 0.35  # how far simplification may move an outline


def outline_path(levels: npt.NDArray[np.uint8]) -> str:
    """Path data around ``levels`` (uint8 H×W) above one half, in units of 1/``STEPS`` px."""
    x, y, width, height = cv2.boundingRect(levels)
    # A border of background closes outlines that touch the edge of the picture.
    inside = cv2.copyMakeBorder(
        levels[y : y + height, x : x + width], 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0
    )
    lines = contour_generator(z=inside).lines(127.5)
    corner = np.array([x, y]) - 0.5  # from pixel centres with border to the picture's corner
    return "".join(_closed(np.asarray(line) + corner) for line in lines)


def filled_outline(path: str, size: tuple[int, int], units: tuple[int, int]) -> Mask:
    """The area of path data as a Mask (bool) of ``size`` (height, width), for drawing.

    ``units`` are the (height, width) that the path is drawn in.
    """
    # OpenCV's integers are sixteenths of a pixel, counted from pixel centres.
    scale = 16 * np.array([size[1] / units[1], size[0] / units[0]])
    rings = []
    for part in path.split("z")[:-1]:
        points = np.array(part[1:].replace("l", " ").split(), int).reshape(-1, 2).cumsum(axis=0)
        rings.append(np.rint(points * scale - 8).astype(np.int32))
    canvas = np.zeros(size, np.uint8)
    cv2.fillPoly(canvas, rings, 1, shift=4)
    return canvas.astype(bool)


def _closed(line: npt.NDArray[np.float64]) -> str:
    points = cv2.approxPolyDP(line.astype(np.float32), SIMPLIFY_PX, True)[:, 0]
    if len(points) < 3:
        return ""  # a speck without area at this size
    units = np.rint(points * STEPS).astype(int)
    (left, top), moves = units[0], np.diff(units, axis=0)
    return f"M{left} {top}l{' '.join(f'{dx} {dy}' for dx, dy in moves)}z"
