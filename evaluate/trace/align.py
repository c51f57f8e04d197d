"""A drawn mask moved to where its outline lies on the photo's own edges.

For models that draw the right shape in the wrong place. It moves what the audit would call shifted
and nothing else; docs/decisions/0009 has figures beside those of template matching.
"""

import cv2
import numpy as np

from datasets.arrays import Alpha, Image, to_mask
from evaluate.metrics.edge_support import fit_edges, shift_to_edges
from evaluate.metrics.working_scale import view


def align_to_edges(alpha: Alpha, image: Image) -> tuple[Alpha, tuple[int, int]]:
    """``alpha`` (uint8 H×W) moved over ``image`` (uint8 H×W×3), and how far right and down in px.

    What comes in from outside the picture is background.
    """
    seen = view(image, to_mask(alpha))
    found = fit_edges(seen)
    shift = found and shift_to_edges(seen, found)
    if not shift:
        return alpha, (0, 0)
    height, width = alpha.shape
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    moved = cv2.warpAffine(alpha, matrix, (width, height), flags=cv2.INTER_NEAREST)
    return moved.astype(np.uint8, copy=False), shift
