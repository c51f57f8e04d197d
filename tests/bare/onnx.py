"""ONNX Runtime alone."""

from collections.abc import Callable

import cv2
import numpy as np

from datasets.arrays import Image
from models.onnx import Onnx


def bare(segmenter: Onnx, image: Image) -> Callable[[], object]:
    """``session.run`` on a tensor that is ready: all shrinking and growing counts as overhead."""
    half = segmenter._input.type == "tensor(float16)"
    small = cv2.resize(image, segmenter._size) / 255
    planes = small.transpose(2, 0, 1)[None].astype(np.float16 if half else np.float32)
    return lambda: segmenter._session.run([segmenter._output], {segmenter._input.name: planes})
