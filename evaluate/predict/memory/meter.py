"""Memory of a model: of its process, of all that this has started, and of the accelerator.

It is measured once a photo, after the clock has stopped. Most models are a single process, whose
memory the system counts itself, its peak included: looking for others costs two system calls and
one small file. A model such as a browser is a tree of processes, whose peak nobody counts: there it
is the most that was found after a photo.
"""

import os
import resource
import sys
from pathlib import Path

from evaluate.predict.memory.nvml import nvml_bytes
from models.runtime.process_memory import (
    children,
    descendants,
    has_children,
    memory_of,
    rss_by_ps,
)


class MemoryMeter:
    """Measures the memory of the calling process as a model's.

    ``keeper`` is its parent if that has no children but the model's: processes whose own parent
    has ended (``evaluate.predict.keeper``). None: there is no such parent.
    """

    def __init__(self, keeper: int | None = None) -> None:
        self._keeper = keeper
        self._most = 0

    def measure(self, device: str) -> dict[str, int | None]:
        """``rss_bytes`` now, ``peak_rss_bytes``, ``peak_device_bytes``; None where unknown."""
        others = self._others()
        now = memory_of([os.getpid(), *others]) if others else rss_bytes()
        self._most = max(self._most, now or 0)
        return {
            "rss_bytes": now,
            "peak_rss_bytes": max(peak_rss_bytes(), self._most),
            "peak_device_bytes": _peak_device_bytes(device, others),
        }

    def _others(self) -> list[int]:
        """The model's processes other than this one."""
        found = list(descendants(os.getpid())) if has_children() else []
        orphans = children(self._keeper) if self._keeper is not None else ()
        for orphan in orphans:
            if orphan != os.getpid():
                found += [orphan, *descendants(orphan)]
        return found


def peak_rss_bytes() -> int:
    """Peak resident memory of this process alone, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        # On Linux getrusage's value survives exec, so it would include the parent's memory.
        for line in status.read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def rss_bytes() -> int | None:
    """Resident memory of this process now, in bytes; None where the system does not report it.

    Where there is no /proc, that of all processes that it has started is included.
    """
    statm = Path("/proc/self/statm")
    if statm.is_file():
        return int(statm.read_text("utf-8").split()[1]) * resource.getpagesize()
    return rss_by_ps(os.getpid())


def _peak_device_bytes(device: str, others: list[int]) -> int | None:
    """Peak memory on the accelerator, in bytes; None without one, or if nothing counts it.

    Of torch's models what its allocator reserved. Metal has no counter of the peak: there it is
    what is held now. Of others on CUDA what the driver says that the processes hold: ONNX Runtime
    keeps what it has once allocated, so this is its peak too.
    """
    torch = sys.modules.get("torch")
    if torch is not None:
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            return int(torch.cuda.max_memory_reserved())
        if torch.backends.mps.is_available():
            return int(torch.mps.driver_allocated_memory())
    return nvml_bytes({os.getpid(), *others}) if device == "cuda" else None
