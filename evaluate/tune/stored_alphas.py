"""The IoU of a stored alpha at many thresholds, as it is and after each refine step.

No model runs. The thresholds are compared by one histogram of the alpha inside and one outside the
ground truth, so that their number costs nothing.
"""

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from datasets.arrays import Alpha, Image, Mask
from evaluate.compare.statistics import Values
from evaluate.store.opened_photo import OpenedPhoto
from models.segmenter import load_class

TRIED_THRESHOLDS = tuple(range(8, 256, 8))

Refine: TypeAlias = Callable[[Alpha, Image], Alpha]


def ious_at(alpha: Alpha, truth: Mask, thresholds: tuple[int, ...]) -> Values:
    """The IoU of an Alpha (uint8 H×W) with its truth (bool H×W) at each threshold (1..255).

    As ``evaluate.metrics.iou``: both empty is 1.
    """
    inside = np.bincount(alpha[truth], minlength=256)
    outside = np.bincount(alpha[~truth], minlength=256)
    common, excess = (np.cumsum(each[::-1])[::-1][list(thresholds)] for each in (inside, outside))
    union = np.count_nonzero(truth) + excess
    return np.where(union == 0, 1.0, common / np.maximum(union, 1))


def refine_of(step: Mapping[str, Any] | None) -> Refine | None:
    """A refine step's function; None for no step."""
    return partial(load_class(step["target"]), **step["options"]) if step else None


def photo_ious(
    opened: OpenedPhoto, refines: Mapping[str, Refine | None], thresholds: tuple[int, ...]
) -> dict[str, Values]:
    """By refine step, the IoUs of one photo at each threshold; 0 where the run has no mask.

    Raises:
        PictureError: the truth is unusable, or the photo unreadable.
        ReportsError: the mask is missing or damaged.
    """
    truth, alpha = opened.truth, opened.alpha
    if alpha is None:
        return {name: np.zeros(len(thresholds)) for name in refines}
    return {
        name: ious_at(refined(alpha, opened, refine), truth, thresholds)
        for name, refine in refines.items()
    }


def clearance_needed_px(opened: OpenedPhoto, refine: Refine | None, threshold: int) -> float:
    """The smallest clearance in px at which the tool fits the mask's pocket; NaN without a tool.

    It raises as ``photo_ious`` does.
    """
    from evaluate.metrics.pocket import pocket  # imports shapely

    truth, alpha = opened.truth, opened.alpha
    levels = np.zeros(truth.shape, np.uint8) if alpha is None else refined(alpha, opened, refine)
    return pocket(levels, truth, threshold).get("fit_px", math.nan)


def refined(alpha: Alpha, opened: OpenedPhoto, refine: Refine | None) -> Alpha:
    """The photo's Alpha (uint8 H×W) after a refine step, background where it is not scored."""
    after = refine(alpha, opened.photo) if refine else alpha
    return after if opened.void is None else np.where(opened.void, np.uint8(0), after)
