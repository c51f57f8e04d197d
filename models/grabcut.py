"""Baseline model: GrabCut, initialised with the pixels that differ from the paper.

C. Rother, V. Kolmogorov, A. Blake, "GrabCut", ACM SIGGRAPH 2004; OpenCV's ``cv2.grabCut``.
``models.prompting.object_box`` finds the initial foreground and its box; everything outside the
box is background.
"""

import cv2
import numpy as np

from datasets.arrays import Alpha, Image, Mask
from datasets.pictures import shrink_to
from models.prompting.object_box import differs_from_paper, padded_box
from models.runtime.device import pick_device


class GrabCut:
    """``long_side`` in px is the size of the copy that GrabCut runs on, for the sake of time."""

    def __init__(self, *, device: str, long_side: int = 512, iterations: int = 5) -> None:
        self.device = pick_device(device, ["cpu"])
        self.long_side = long_side
        self.iterations = iterations

    def predict(self, image: Image) -> Alpha:
        """An Alpha (uint8 H×W) of 0 and 255, resized to the photo by nearest neighbour."""
        height, width = image.shape[:2]
        mask = self._segment(shrink_to(image, self.long_side)).astype(np.uint8) * 255
        whole = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        return whole.astype(np.uint8, copy=False)

    def _segment(self, image: Image) -> Mask:
        blob = differs_from_paper(image)
        labels = np.where(blob, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        box = padded_box(blob, image)
        if box is None or blob.all():
            return blob  # GrabCut needs both foreground and background to start
        x, y, width, height = box
        outside = np.ones_like(blob)
        outside[y : y + height, x : x + width] = False
        labels[outside] = cv2.GC_BGD
        cv2.setRNGSeed(0)  # its colour models start from a random k-means
        cv2.grabCut(
            cv2.cvtColor(image, cv2.COLOR_RGB2BGR),
            labels,
            (0, 0, 0, 0),  # no rectangle: it starts from the labels
            np.zeros((1, 65)),
            np.zeros((1, 65)),
            self.iterations,
            cv2.GC_INIT_WITH_MASK,
        )
        return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
