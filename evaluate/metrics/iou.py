"""What is measured on one photo.

IoU     |P ∩ T| / |P ∪ T| over the pixels of two Masks (bool H×W) of one size, 0..1.
        Both empty: 1. One empty: 0. Jaccard, 1912.

Masks come cut (``datasets.arrays.to_mask``); nothing is stretched, resized or pooled here.
"""

import numpy as np

from datasets.arrays import Mask


def iou(prediction: Mask, truth: Mask) -> float:
    """Intersection over union of two Masks of the same shape.

    Raises:
        ValueError: the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise ValueError(f"prediction is {prediction.shape}, truth is {truth.shape}")
    union = int(np.count_nonzero(prediction | truth))
    return 1.0 if union == 0 else int(np.count_nonzero(prediction & truth)) / union
