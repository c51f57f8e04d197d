"""Baseline model: pixels darker than Otsu's threshold, or a fixed one, are foreground.

N. Otsu, "A threshold selection method from gray-level histograms", IEEE TSMC 9(1), 1979.
"""

import cv2
import numpy as np

from datasets.arrays import Alpha, Image
from models.runtime.device import pick_device
from models.segmenter import Unavailable


class Otsu:
    """Gray levels up to ``threshold`` are foreground; ``threshold`` is "otsu" or 0..255."""

    def __init__(self, *, device: str, threshold: str | int = "otsu") -> None:
        if threshold != "otsu" and not (isinstance(threshold, int) and 0 <= threshold <= 255):
            raise Unavailable(f"model.threshold={threshold}: use otsu or a number from 0 to 255")
        self.device = pick_device(device, ["cpu"])
        self.threshold = threshold

    def predict(self, image: Image) -> Alpha:
        """An Alpha (uint8 H×W) of 0 and 255."""
        gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
        flag = cv2.THRESH_OTSU if self.threshold == "otsu" else 0
        level = 0 if self.threshold == "otsu" else int(self.threshold)
        _, alpha = cv2.threshold(gray, level, 255, cv2.THRESH_BINARY_INV | flag)
        return alpha.astype(np.uint8, copy=False)
