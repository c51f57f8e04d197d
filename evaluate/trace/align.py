"""Shifts a traced mask so that its outline lies on the photo's edges.

For models that draw the right shape in the wrong place. Only masks that the audit would report as
shifted are moved. docs/decisions/0009 compares this with template matching.
"""

import cv2
import numpy as np

from datasets.arrays import THRESHOLD, Alpha, Image, to_mask
from evaluate.metrics.edge_support import fit_edges, shift_to_edges
from evaluate.metrics.working_scale import view


def align_to_edges(
    alpha: Alpha, image: Image, threshold: int = THRESHOLD
) -> tuple[Alpha, tuple[int, int]]:
    """Shift ``alpha`` (uint8 H×W), cut at ``threshold``, over its photo ``image`` (uint8 H×W×3).

    Returns the shifted Alpha and the shift (right, down) in px. Pixels that enter from outside the
    photo are background.
    """
    seen = view(image, to_mask(alpha, threshold))
    fit = fit_edges(seen)
    shift = fit and shift_to_edges(seen, fit)
    if not shift:
        return alpha, (0, 0)
    height, width = alpha.shape
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    moved = cv2.warpAffine(alpha, matrix, (width, height), flags=cv2.INTER_NEAREST)
    return moved.astype(np.uint8, copy=False), shift
