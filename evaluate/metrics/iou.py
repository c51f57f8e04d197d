"""Intersection over union of a predicted mask and its ground truth.

IoU     |P ∩ T| / |P ∪ T| over the pixels of two Masks (bool H×W) of one size, 0..1.
        Both empty: 1. One empty: 0. Jaccard, 1912.

Alphas are cut beforehand (``datasets.arrays.to_mask``). Nothing is normalised, resized or pooled
over photos here.
"""

import numpy as np

from datasets.arrays import Mask


def iou(prediction: Mask, truth: Mask) -> float:
    """Intersection over union, 0..1, of two Masks (bool H×W) of one size.

    Raises:
        ValueError: the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise ValueError(f"prediction is {prediction.shape}, truth is {truth.shape}")
    union = int(np.count_nonzero(prediction | truth))
    return 1.0 if union == 0 else int(np.count_nonzero(prediction & truth)) / union
