"""A floor: nothing is foreground. What any model must beat."""

import numpy as np

from datasets.arrays import Alpha, Image
from models.runtime.device import pick


class Background:
    """Calls every pixel background."""

    def __init__(self, *, device: str) -> None:
        self.device = pick(device, ["cpu"])

    def predict(self, image: Image) -> Alpha:
        """All zeros."""
        return np.zeros(image.shape[:2], np.uint8)
