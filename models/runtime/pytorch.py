"""PyTorch's device and precision: choose them, set its threads, free its memory."""

import os
from typing import Any

from models.runtime.batching import batches_expected, gather_network, map_tensors
from models.runtime.device import pick_device, pinned_threads
from models.segmenter import Unavailable

AUTOCAST = {"fp16": "float16", "bf16": "bfloat16"}  # torch's names


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


def check_precision(device: str, precision: str | None) -> None:
    """Refuse a precision that torch does not compute in on ``device``.

    Raises:
        Unavailable: ``precision`` is not None, fp32, bf16 or fp16, or it is fp16 on the CPU.
    """
    if precision not in (None, "fp32", *AUTOCAST):
        raise Unavailable(f"model.precision={precision}: PyTorch computes in fp32, bf16 or fp16")
    if precision == "fp16" and device == "cpu":
        raise Unavailable(
            "model.precision=fp16: not on the CPU, where some networks give empty masks in it; "
            "use model.precision=bf16, or device=cuda or mps"
        )


def prepare_network(
    network: Any, device: str, precision: str | None, method: str = "forward"
) -> dict[str, str]:
    """Make a loaded ``torch.nn.Module`` compute in ``precision``, and take batches if expected.

    Its ``method`` is what does: one that treats all photos of its tensor alike.

    bf16 and fp16 are torch's autocast: weights stay in fp32, convolutions and products are computed
    in the short type, what needs range (sums, softmax) is not; outputs are fp32 again. None is
    fp32. Returns what to record as the model's ``runtime``.

    Raises:
        Unavailable: see ``check_precision``.
    """
    check_precision(device, precision)
    facts = {}
    if precision in AUTOCAST:
        _autocast(network, device, AUTOCAST[precision], method)
        facts["computes"] = precision
    if batches_expected():
        gather_network(network, method)
    return facts


def _autocast(network: Any, device: str, dtype: str, method: str) -> None:
    import torch

    forward = getattr(network, method)

    def forward_autocast(*inputs: Any, **options: Any) -> Any:
        with torch.autocast(device, dtype=getattr(torch, dtype)):
            outputs = forward(*inputs, **options)
        return map_tensors(outputs, lambda t: t.float() if t.is_floating_point() else t)

    setattr(network, method, forward_autocast)


def free_cached_memory(device: str) -> None:
    """Release the accelerator memory that torch still caches for deleted tensors."""
    import torch

    if device != "cpu":
        getattr(torch, device).empty_cache()
