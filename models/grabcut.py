"""A floor: GrabCut, started from whatever differs from the paper.

C. Rother, V. Kolmogorov, A. Blake, "GrabCut", ACM SIGGRAPH 2004; OpenCV's ``cv2.grabCut``.
The paper's colour is the median of the corners; what is far from it in CIE Lab, cut by Otsu and
closed and opened 15×15, is the start; outside its box (grown by 30 px or 2 %) is background.
"""

import cv2
import numpy as np

from datasets.arrays import Alpha, Image, Mask
from models.device import pick

KERNEL = np.ones((15, 15), np.uint8)


class GrabCut:
    """Runs at ``long_side`` pixels, because GrabCut's time grows with the pixels."""

    def __init__(self, *, device: str, long_side: int = 768, iterations: int = 5) -> None:
        self.device = pick(device, ["cpu"])
        self.long_side = long_side
        self.iterations = iterations

    def predict(self, image: Image) -> Alpha:
        """0 or 255, grown back to full size by nearest neighbour."""
        height, width = image.shape[:2]
        scale = min(1.0, self.long_side / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        mask = self._cut(small).astype(np.uint8) * 255
        grown = cv2.resize(mask, (width, height), interpolation=cv2.INTER_NEAREST_EXACT)
        return grown.astype(np.uint8, copy=False)

    def _cut(self, image: Image) -> Mask:
        blob = _differs_from_corners(image)
        labels = np.where(blob, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
        x, y, w, h = cv2.boundingRect(blob.astype(np.uint8))
        margin = max(30, round(0.02 * max(image.shape[:2])))
        outside = np.ones_like(blob)
        outside[max(0, y - margin) : y + h + margin, max(0, x - margin) : x + w + margin] = False
        labels[outside] = cv2.GC_BGD
        if blob.all() or not blob.any():
            return blob  # GrabCut needs both kinds to start from
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


def _differs_from_corners(image: Image) -> Mask:
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    side = max(1, min(image.shape[:2]) // 20)
    ends = (slice(None, side), slice(-side, None))
    corners = np.concatenate([lab[rows, cols].reshape(-1, 3) for rows in ends for cols in ends])
    distance = np.linalg.norm(lab - np.median(corners, axis=0), axis=2)
    levels = np.clip(distance * 2, 0, 255).astype(np.uint8)
    _, blob = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    blob = cv2.morphologyEx(blob, cv2.MORPH_CLOSE, KERNEL)
    return np.asarray(cv2.morphologyEx(blob, cv2.MORPH_OPEN, KERNEL)) > 0
