"""Finding how far a drawn mask lies from the tool in its photo, by template matching.

For models that draw the right shape in the wrong place. Measures as tracefinity's AI tracer has
them: the mask's neighbourhood is looked for in the inverted photo (tools are darker than paper) at
a quarter of the size; a shift counts from a correlation of 0.15 on, from 2 px to a tenth of the
long side. Ours: between two steps of that size the peak is where a parabola through it peaks.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Alpha, Image

SCALE = 4
CONTEXT = 30  # of the reduced picture, around the mask: an edge is what is matched
MIN_SIDE = 64
MIN_MATCH = 0.15
MIN_SHIFT_PX = 2
MAX_SHIFT = 0.1


def shift_to_photo(mask: Alpha, image: Image) -> tuple[tuple[int, int], float | None]:
    """How far to move ``mask`` (uint8 H×W, tool 255) right and down in px, and the correlation.

    (0, 0) where it is too little, too much or too uncertain; no correlation where the picture is
    too small to match or the mask is empty.
    """
    height, width = (side // SCALE for side in mask.shape)
    if min(height, width) < MIN_SIDE or not mask.any():
        return (0, 0), None
    small = cv2.resize(mask, (width, height), interpolation=cv2.INTER_AREA)
    dark = cv2.resize(255 - cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (width, height))
    x, y, w, h = cv2.boundingRect(small)
    top, left = max(0, y - CONTEXT), max(0, x - CONTEXT)
    template = small[top : y + h + CONTEXT, left : x + w + CONTEXT]
    # Beyond its edge the photo goes on as it ends there, so that a shift in any direction fits.
    reach = round(MAX_SHIFT * max(height, width)) + 1
    around = cv2.copyMakeBorder(dark, reach, reach, reach, reach, cv2.BORDER_REPLICATE)
    around = around[
        top : top + template.shape[0] + 2 * reach, left : left + template.shape[1] + 2 * reach
    ]
    scores = cv2.matchTemplate(around, template, cv2.TM_CCOEFF_NORMED)
    _, match, _, (right, down) = cv2.minMaxLoc(scores)
    dx = round((right - reach + _bend(scores[down, right - 1 : right + 2])) * SCALE)
    dy = round((down - reach + _bend(scores[down - 1 : down + 2, right])) * SCALE)
    far = max(abs(dx), abs(dy))
    trusted = match >= MIN_MATCH and MIN_SHIFT_PX <= far <= MAX_SHIFT * max(mask.shape)
    return ((dx, dy) if trusted else (0, 0)), float(match)


def _bend(scores: npt.NDArray[Any]) -> float:
    """How far from the middle one of three scores their parabola peaks; 0 at the map's edge."""
    if len(scores) < 3:
        return 0.0
    before, peak, after = (float(score) for score in scores)
    curve = before - 2 * peak + after
    return (before - after) / (2 * curve) if curve < 0 else 0.0


def moved(mask: Alpha, shift_px: tuple[int, int]) -> Alpha:
    """``mask`` moved right and down; what comes in from outside is background."""
    height, width = mask.shape
    matrix = np.array([[1, 0, shift_px[0]], [0, 1, shift_px[1]]], np.float32)
    return cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_NEAREST).astype(np.uint8)
