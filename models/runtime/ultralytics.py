"""Shared by SAM 2 and FastSAM: set up ultralytics quietly, and read its results as candidates.

Importing ultralytics sets OpenCV to one thread and, if unset, ``OMP_NUM_THREADS=1``; setting up a
predictor on the CPU sets PyTorch to one thread fewer than there are cores. These changes are undone
here, since the reported times are for the threads that this process was started with.
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

STRIDE_PX = 32  # the networks' last stages divide their input by this


def check_input_size(size: object) -> None:
    """Raise Unavailable for a side that is not a multiple of ``STRIDE_PX``.

    ultralytics would silently round it up, or with SAM 2 fail on every photo.
    """
    below = size // STRIDE_PX * STRIDE_PX if type(size) is int else 0
    if below == size and below > 0:
        return
    near = f"{below} or {below + STRIDE_PX}" if below >= STRIDE_PX else f"{STRIDE_PX} or more"
    raise Unavailable(f"model.size={size}: use a multiple of {STRIDE_PX}, {near}")


@contextmanager
def quiet_ultralytics() -> Iterator[None]:
    """A context in which to import ultralytics and set up its predictors; imports torch.

    ultralytics then downloads, installs, reports and prints nothing; its settings are stored below
    ``home()``.
    """
    import torch

    os.environ |= {
        "YOLO_CONFIG_DIR": str(home() / "ultralytics"),
        "YOLO_OFFLINE": "1",  # also disables telemetry
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


def to_bgr(image: Image) -> Image:
    """``image`` (uint8 H×W×3, RGB) in ultralytics' channel order, BGR."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2BGR).astype(np.uint8, copy=False)


def select_mask(result: Any, rule: str) -> Prediction:
    """The mask (0 or 255) that ``rule`` selects from ultralytics' ``Results``, with all candidates.

    Raises:
        NoMask: the results contain no mask, or the rule rejects all.
    """
    candidates = []
    if result.masks is not None:
        masks = result.masks.data.cpu().numpy().view(np.bool_)  # bytes of 0 and 1
        scores = result.boxes.conf.cpu().tolist()
        candidates = [Candidate(*pair) for pair in zip(masks, scores, strict=True)]
    chosen = select(candidates, rule)
    return Prediction(chosen.mask.view(np.uint8) * np.uint8(255), candidates=candidates)
