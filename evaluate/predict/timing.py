"""Measures the time of a call, including an accelerator's queued work, and a process's memory."""

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


def peak_rss_bytes() -> int:
    """Peak resident memory of this process, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        # On Linux getrusage's value survives exec, so it would include the parent's memory.
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peak_device_bytes() -> int | None:
    """Peak memory on the accelerator that torch has reserved, in bytes; None without torch or one.

    Metal has no counter of the peak: there it is what is held now.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        return int(torch.cuda.max_memory_reserved())
    if torch.backends.mps.is_available():
        return int(torch.mps.driver_allocated_memory())
    return None


def rss_bytes() -> int | None:
    """Resident memory of this process now, in bytes; None where the system does not report it."""
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text("utf-8").split()[1]) * resource.getpagesize()
    try:
        output = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(os.getpid())], capture_output=True, check=True
        )
        return int(output.stdout) * 1024
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
