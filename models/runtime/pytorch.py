"""PyTorch's device: choose it, set its threads, free its memory."""

import os

from models.runtime.device import pick_device, pinned_threads


def torch_device(requested: str) -> str:
    """``requested``, with ``auto`` resolved to cuda, mps or cpu, in this order. Imports torch.

    On MPS, operations that Apple's library lacks run on the CPU, with torch's own warning.

    Raises:
        Unavailable: PyTorch does not have this device here.
    """
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # read when torch is imported
    import torch

    if threads := pinned_threads():
        torch.set_num_threads(threads)
    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    accelerators = [name for name, available in found.items() if available]
    return pick_device(requested, [*accelerators, "cpu"])


def free_cached_memory(device: str) -> None:
    """Release the accelerator memory that torch still caches for deleted tensors."""
    import torch

    if device != "cpu":
        getattr(torch, device).empty_cache()
