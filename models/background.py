"""Baseline model: every pixel is background. Any model should score higher."""

import numpy as np

from datasets.arrays import Alpha, Image
from models.runtime.device import pick_device


class Background:
    """Predicts an empty mask."""

    def __init__(self, *, device: str) -> None:
        self.device = pick_device(device, ["cpu"])

    def predict(self, image: Image) -> Alpha:
        """All zeros."""
        return np.zeros(image.shape[:2], np.uint8)
