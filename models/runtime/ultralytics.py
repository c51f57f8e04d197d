"""What SAM 2 and FastSAM share: ultralytics set up quietly, and its results as candidates.

Importing ultralytics sets OpenCV to one thread and, if unset, ``OMP_NUM_THREADS=1``; setting up a
predictor on the CPU sets PyTorch to one thread fewer than there are cores. All of it is undone
here: this process was started with the threads that its times are given for.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np

from datasets.arrays import Image
from models.prompting.selection import select
from models.segmenter import Candidate, Prediction, Unavailable
from models.weights.weight_file import home

STRIDE_PX = 32  # by which the networks' last stages divide their input


def check_size(size: object) -> None:
    """Raise Unavailable for a side that is no multiple of ``STRIDE_PX``.

    ultralytics takes the next larger one instead, or with SAM 2 fails on every photo.
    """
    below = size // STRIDE_PX * STRIDE_PX if type(size) is int else 0
    if below == size and below > 0:
        return
    near = f"{below} or {below + STRIDE_PX}" if below >= STRIDE_PX else f"{STRIDE_PX} or more"
    raise Unavailable(f"model.size={size}: use a multiple of {STRIDE_PX}, {near}")


@contextmanager
def quiet() -> Iterator[None]:
    """Import ultralytics and set up its predictors inside; imports torch itself.

    Nothing is fetched, installed, reported or printed; its settings lie below ``home()``.
    """
    import torch

    os.environ |= {
        "YOLO_CONFIG_DIR": str(home() / "ultralytics"),
        "YOLO_OFFLINE": "1",  # no telemetry either
        "YOLO_AUTOINSTALL": "0",
        "YOLO_VERBOSE": "0",
        "NO_ALBUMENTATIONS_UPDATE": "1",
    }
    pinned = os.environ.get("OMP_NUM_THREADS")
    threads = torch.get_num_threads(), cv2.getNumThreads()
    try:
        yield
    finally:
        torch.set_num_threads(threads[0])
        cv2.setNumThreads(threads[1])
        if pinned is None:
            os.environ.pop("OMP_NUM_THREADS", None)


def bgr(image: Image) -> Image:
    """``image`` (uint8 H×W×3) with its channels as ultralytics wants arrays."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)


def selected(result: Any, rule: str) -> Prediction:
    """The worthiest of the masks in ultralytics' ``Results``, 0 or 255, with all of them.

    Raises:
        NoMask: there is none, or the rule turns all down.
    """
    candidates = []
    if result.masks is not None:
        masks = result.masks.data.cpu().numpy().view(np.bool_)  # bytes of 0 and 1
        scores = result.boxes.conf.cpu().tolist()
        candidates = [Candidate(*pair) for pair in zip(masks, scores, strict=True)]
    chosen = select(candidates, rule)
    return Prediction(chosen.mask.view(np.uint8) * np.uint8(255), candidates=candidates)
