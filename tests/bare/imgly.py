"""ONNX Runtime alone: IMG.LY's own library is JavaScript."""

from collections.abc import Callable

import cv2
import numpy as np

from datasets.arrays import Image
from models.imgly import SIDE, Imgly


def bare(segmenter: Imgly, image: Image) -> Callable[[], object]:
    """``session.run`` on a tensor that is ready: all shrinking and growing counts as overhead."""
    small = cv2.resize(image, (SIDE, SIDE)).astype(np.float32)
    planes = (small.transpose(2, 0, 1)[None] - 128) / 256
    return lambda: segmenter._session.run(["output"], {"input": planes})
