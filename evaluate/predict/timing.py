"""Measures the time of a call, including an accelerator's queued work."""

import sys
import time
from collections.abc import Callable
from typing import TypeVar

import cv2
import numpy as np

from datasets.arrays import Image

Result = TypeVar("Result")


def timed(call: Callable[[], Result], device: str) -> tuple[Result, float]:
    """Call, and return the result and the seconds it took, queued device work included."""
    _synchronise(device)
    start = time.perf_counter_ns()
    result = call()
    _synchronise(device)
    return result, (time.perf_counter_ns() - start) / 1e9


def _synchronise(device: str) -> None:
    """Wait for the accelerator's queued work, if torch has been imported.

    ONNX Runtime needs no wait: its ``run`` returns NumPy arrays, so it is finished by then.
    """
    torch = sys.modules.get("torch")
    if torch is not None and device == "cuda":
        torch.cuda.synchronize()
    elif torch is not None and device == "mps":
        torch.mps.synchronize()


def warmup_image() -> Image:
    """A dark bar on light paper (uint8 1024×768×3), for warm-up calls: no photo is run twice."""
    image = np.full((1024, 768, 3), 230, np.uint8)
    cv2.rectangle(image, (340, 200), (430, 820), (60, 60, 70), -1)
    return cv2.GaussianBlur(image, (5, 5), 0).astype(np.uint8, copy=False)
