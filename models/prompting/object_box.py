"""Find the objects on the paper and their box, without a network.

A common recipe for SAM prompts and for starting GrabCut: the paper's colour is the median of the
photo's corners. Pixels far from it in CIE Lab, by Otsu's threshold, closed and opened 15×15, are
objects. Their box is padded by 30 px or 2 % of the photo's long side, whichever is more.
"""

import math

import cv2
import numpy as np

from datasets.arrays import Box, Image, Mask
from datasets.pictures import shrink_to

KERNEL = np.ones((15, 15), np.uint8)
SEARCH_SIDE_PX = 1024  # the box is found in a copy of this size, the size of SAM's input


def differs_from_paper(image: Image) -> Mask:
    """The pixels of ``image`` (uint8 H×W×3) that differ from the corners' colour: bool H×W."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    side = max(1, min(image.shape[:2]) // 20)
    ends = (slice(None, side), slice(-side, None))
    corners = np.concatenate([lab[rows, cols].reshape(-1, 3) for rows in ends for cols in ends])
    distance = np.linalg.norm(lab - np.median(corners, axis=0), axis=2)
    levels = np.clip(distance * 2, 0, 255).astype(np.uint8)
    _, blob = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    blob = cv2.morphologyEx(blob, cv2.MORPH_CLOSE, KERNEL)
    return np.asarray(cv2.morphologyEx(blob, cv2.MORPH_OPEN, KERNEL)) > 0


def padded_box(blob: Mask, photo: Image) -> Box | None:
    """The padded bounding box of ``blob`` in ``photo``'s px; None if ``blob`` is empty.

    ``blob`` (bool) may belong to a smaller copy of the photo.
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
    """The padded box around the objects on the paper, in px; None if there are none."""
    return padded_box(differs_from_paper(shrink_to(image, SEARCH_SIDE_PX)), image)
