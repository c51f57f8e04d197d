"""What differs from the paper, and the box around it: where to look, without any network.

The recipe that people prompt SAM with, and start GrabCut from: the paper's colour is the median of
the corners; what is far from it in CIE Lab, cut by Otsu, closed and opened 15×15, is a tool; its
box grows by 30 px or 2 % of the photo's long side, whichever is more.
"""

import math

import cv2
import numpy as np

from datasets.arrays import Box, Image, Mask

KERNEL = np.ones((15, 15), np.uint8)
LONG_SIDE = 1024  # the box is found in a copy no larger: SAM sees no more either


def differs_from_paper(image: Image) -> Mask:
    """What of ``image`` (uint8 H×W×3) is not the corners' colour."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    side = max(1, min(image.shape[:2]) // 20)
    ends = (slice(None, side), slice(-side, None))
    corners = np.concatenate([lab[rows, cols].reshape(-1, 3) for rows in ends for cols in ends])
    distance = np.linalg.norm(lab - np.median(corners, axis=0), axis=2)
    levels = np.clip(distance * 2, 0, 255).astype(np.uint8)
    _, blob = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    blob = cv2.morphologyEx(blob, cv2.MORPH_CLOSE, KERNEL)
    return np.asarray(cv2.morphologyEx(blob, cv2.MORPH_OPEN, KERNEL)) > 0


def shrunk(image: Image, long_side: int) -> Image:
    """``image`` with its long side at most ``long_side`` px."""
    height, width = image.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def padded_box(blob: Mask, photo: Image) -> Box | None:
    """The box of what is set in ``blob``, in ``photo``'s px and grown; None where nothing is.

    ``blob`` may be of a smaller copy of the photo.
    """
    height, width = photo.shape[:2]
    down, across = height / blob.shape[0], width / blob.shape[1]
    x, y, w, h = cv2.boundingRect(blob.astype(np.uint8))
    if not w:
        return None
    margin = max(30, round(0.02 * max(height, width)))
    left, top = max(0, int(x * across) - margin), max(0, int(y * down) - margin)
    right = min(width, math.ceil((x + w) * across) + margin)
    bottom = min(height, math.ceil((y + h) * down) + margin)
    return left, top, right - left, bottom - top


def object_box(image: Image) -> Box | None:
    """The box around what differs from the paper; None where nothing does."""
    return padded_box(differs_from_paper(shrunk(image, LONG_SIDE)), image)
