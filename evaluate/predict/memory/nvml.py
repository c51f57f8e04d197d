"""Memory of processes on NVIDIA devices, by the driver's library NVML, if nvidia-ml-py is there."""

from collections.abc import Collection
from importlib import import_module


def nvml_bytes(pids: Collection[int]) -> int | None:
    """What these processes hold on all devices, contexts included, in bytes.

    None without the package nvidia-ml-py, a driver or a device, or if the driver lists none of
    them: it may not where a container has process ids of its own.
    """
    try:
        nvml = import_module("pynvml")
    except ImportError:
        return None
    try:
        nvml.nvmlInit()  # counts its calls: a later one is cheap
        found = [
            process.usedGpuMemory
            for index in range(nvml.nvmlDeviceGetCount())
            for process in nvml.nvmlDeviceGetComputeRunningProcesses(
                nvml.nvmlDeviceGetHandleByIndex(index)
            )
            if process.pid in pids
        ]
    except nvml.NVMLError:
        return None
    return sum(found) if found and None not in found else None  # None: the system does not tell
