"""What the paper metrics need of a photo's ground truth alone, prepared once for all rows.

It takes about two thirds of the time that a row's metrics take. It is kept for the photo at hand
only: 10 to 15 bytes per pixel.
"""

from functools import cached_property

import numpy as np

from datasets.arrays import Alpha, Mask
from evaluate.metrics.iou import PackedMask, pack
from evaluate.metrics.paper.matting import unknown_region
from evaluate.metrics.paper.outlines import boundary_iou_width, inner_border
from evaluate.metrics.paper.skeleton import skeleton
from evaluate.metrics.paper.weighted_f import TruthField, truth_field
from evaluate.store.opened_photo import OpenedPhoto


class TruthParts:
    """A truth (bool H×W) and what is derived from it, each when first needed.

    void  the pixels that are not scored (bool H×W); None without
    soft  the truth's levels (uint8 H×W) where it is soft and of the photo's size; None otherwise
    """

    def __init__(self, truth: Mask, void: Mask | None = None, soft: Alpha | None = None) -> None:
        self.truth = truth
        self.void = void
        self.soft = soft

    @cached_property
    def field(self) -> TruthField | None:
        """For the weighted F-measure."""
        return truth_field(self.truth)

    @cached_property
    def skeleton(self) -> Mask:
        """For the human correction effort."""
        return skeleton(self.truth)

    @cached_property
    def border(self) -> PackedMask:
        """For the Boundary IoU."""
        return pack(inner_border(self.truth, boundary_iou_width(self.truth.shape)))

    @cached_property
    def unknown(self) -> Mask | None:
        """The unknown region of a soft truth (bool H×W), for the matting errors."""
        return None if self.soft is None else unknown_region(self.soft)


def read_truth(opened: OpenedPhoto) -> TruthParts:
    """Read the truth of a photo at the photo's size.

    Raises:
        PictureError: it is unreadable, or its aspect is not the photo's.
    """
    return TruthParts(opened.truth, opened.void, _soft(opened))


def _soft(opened: OpenedPhoto) -> Alpha | None:
    shape = opened.truth.shape
    with opened.dataset.unchanged(opened.sample):
        levels = opened.dataset.levels(opened.sample, (shape[0], shape[1]))
    if levels.shape != shape or not ((levels > 0) & (levels < 255)).any():
        return None
    return levels if opened.void is None else np.where(opened.void, np.uint8(0), levels)
