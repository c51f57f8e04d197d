"""Refine steps, applied after the model: from an Alpha and its photo to an Alpha (uint8 H×W)."""

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Alpha, Image, to_mask

FloatPlane = npt.NDArray[np.floating]


def guided(alpha: Alpha, image: Image, *, radius_px: int, eps: float) -> Alpha:
    """Fit ``alpha`` to the photo's edges by the guided filter, with the gray photo as guide.

    K. He, J. Sun, X. Tang, "Guided image filtering", IEEE TPAMI 35(6), 2013, algorithm 1; the
    results equal OpenCV's ``ximgproc.guidedFilter`` (docs/decisions/0016). Windows are
    2 ``radius_px`` + 1 wide, ``eps`` is for levels 0..1; the photo is mirrored at its border.
    """
    if radius_px < 1 or eps <= 0:
        raise ValueError("radius_px must be 1 or more, and eps above 0")
    side = 2 * radius_px + 1

    def mean(values: FloatPlane) -> FloatPlane:
        return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT))

    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    target = alpha.astype(np.float32) / 255
    mean_guide, mean_target = mean(guide), mean(target)
    variance = mean(guide * guide) - mean_guide * mean_guide
    covariance = mean(guide * target) - mean_guide * mean_target
    slope = covariance / (variance + np.float32(eps))
    fitted = mean(slope) * guide + mean(mean_target - slope * mean_guide)
    return np.rint(np.clip(fitted, 0, 1) * 255).astype(np.uint8)


def morphology(alpha: Alpha, image: Image) -> Alpha:  # noqa: ARG001 - needs the mask only
    """Threshold at 128, close 3×3 twice and open 3×3 once; 0 or 255.

    tracefinity does this to every mask before it draws outlines: ``_trace_mask`` in
    ``backend/app/services/ai_tracer.py``, github.com/tracefinity/tracefinity.
    """
    kernel = np.ones((3, 3), np.uint8)
    mask = to_mask(alpha).astype(np.uint8) * 255
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel, iterations=2).astype(np.uint8)
    return cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel).astype(np.uint8, copy=False)
