"""Reading the clock honestly: finish the device's work, then read, and keep every value."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from datasets.arrays import Image

Result = TypeVar("Result")


def timed(call: Callable[[], Result], device: str) -> tuple[Result, float]:
    """Call, and the seconds it took, the accelerator's queued work included."""
    _synchronise(device)
    start = time.perf_counter_ns()
    result = call()
    _synchronise(device)
    return result, (time.perf_counter_ns() - start) / 1e9


def _synchronise(device: str) -> None:
    """Wait for the accelerator. A model that runs there through torch has imported it already.

    ONNX Runtime's ``run`` returns NumPy arrays and so waits by itself.
    """
    torch = sys.modules.get("torch")
    if torch is not None and device == "cuda":
        torch.cuda.synchronize()
    elif torch is not None and device == "mps":
        torch.mps.synchronize()


def warmup_image() -> Image:
    """A dark bar on light paper, 1024×768: for the calls before timing, so no photo runs twice."""
    image = np.full((1024, 768, 3), 230, np.uint8)
    cv2.rectangle(image, (340, 200), (430, 820), (60, 60, 70), -1)
    return cv2.GaussianBlur(image, (5, 5), 0).astype(np.uint8, copy=False)


def peak_rss_bytes() -> int:
    """The most memory this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        # getrusage's figure survives exec on Linux, and so counts the parent's memory.
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def rss_bytes() -> int | None:
    """The memory this process holds now, in bytes; None where nobody tells."""
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text().split()[1]) * resource.getpagesize()
    try:
        told = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True
        )
        return int(told.stdout) * 1024
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
