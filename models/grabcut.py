"""A floor: GrabCut, started from whatever differs from the paper.

C. Rother, V. Kolmogorov, A. Blake, "GrabCut", ACM SIGGRAPH 2004; OpenCV's ``cv2.grabCut``.
It starts from what ``models.prompting.object_box`` finds; outside the box of that is background.
"""

import cv2
import numpy as np

from datasets.arrays import Alpha, Image, Mask
from models.prompting.object_box import differs_from_paper, padded_box, shrunk
from models.runtime.device import pick


class GrabCut:
    """Runs at ``long_side`` pixels, because GrabCut's time grows with the pixels."""

    def __init__(self, *, device: str, long_side: int = 768, iterations: int = 5) -> None:
        self.device = pick(device, ["cpu"])
        self.long_side = long_side
        self.iterations = iterations

    def predict(self, image: Image) -> Alpha:
        """0 or 255, grown back to full size by nearest neighbour."""
        height, width = image.shape[:2]
        mask = self._cut(shrunk(image, self.long_side)).astype(np.uint8) * 255
        grown = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        return grown.astype(np.uint8, copy=False)

    def _cut(self, image: Image) -> Mask:
        blob = differs_from_paper(image)
        labels = np.where(blob, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        box = padded_box(blob, image)
        if box is None or blob.all():
            return blob  # GrabCut needs both kinds to start from
        x, y, width, height = box
        outside = np.ones_like(blob)
        outside[y : y + height, x : x + width] = False
        labels[outside] = cv2.GC_BGD
        cv2.setRNGSeed(0)  # its colour models start from a random k-means
        cv2.grabCut(
            cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
            labels,
            (0, 0, 0, 0),  # unused with a mask to start from
            np.zeros((1, 65)),
            np.zeros((1, 65)),
            self.iterations,
            cv2.GC_INIT_WITH_MASK,
        )
        return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
