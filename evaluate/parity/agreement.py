"""Two masks of one photo, compared. A mask may be missing: then its failure's status is given."""

import cv2

from datasets.arrays import Alpha, to_mask
from evaluate.metrics.iou import iou


def constant_text(mask: Alpha | str) -> str:
    """The status of a failure, or ``all 0`` of a constant mask; else nothing."""
    if isinstance(mask, str):
        return mask
    return f"all {mask.flat[0]}" if mask.min() == mask.max() else ""


def agreement(first: Alpha | str, second: Alpha | str) -> float | None:
    """IoU of two masks, 0 if only one exists, None if the photo is inconclusive.

    A photo is inconclusive if neither mask exists or both are the same constant.
    """
    if isinstance(first, str) or isinstance(second, str):
        return None if isinstance(first, str) and isinstance(second, str) else 0.0
    mask, other_mask = to_mask(first), to_mask(second)
    both_constant = constant_text(first) and constant_text(second)
    same_constant = both_constant and mask.flat[0] == other_mask.flat[0]
    return None if same_constant else iou(mask, other_mask)


def level_difference(first: Alpha | str, second: Alpha | str) -> float | None:
    """Mean absolute difference of two Alphas, in levels 0..255; None if one is missing."""
    if isinstance(first, str) or isinstance(second, str):
        return None
    return float(cv2.absdiff(first, second).mean())
