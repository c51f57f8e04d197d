"""Which device PyTorch runs on, how it is made ready there, and how its memory is given back."""

import os

from models.runtime.device import pick, pinned_threads


def torch_device(requested: str) -> str:
    """``cuda``, else ``mps``, else ``cpu``, where ``requested`` is auto; this imports torch.

    On MPS what Apple's library lacks runs on the CPU, with torch's own warning, instead of failing.

    Raises:
        Unavailable: PyTorch has no such device here.
    """
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")  # read when torch is imported
    import torch

    if threads := pinned_threads():
        torch.set_num_threads(threads)
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    return pick(requested, [*(name for name, there in present.items() if there), "cpu"])


def make_room(device: str) -> None:
    """Give back the accelerator's memory that torch keeps after the tensors in it are gone."""
    import torch

    if device != "cpu":
        getattr(torch, device).empty_cache()
