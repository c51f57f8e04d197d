"""Which device a system runs on: asked for once, resolved once, shown in every table."""

import os

from models.segmenter import Unavailable

PROVIDERS = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}


def pick(requested: str, available: list[str]) -> str:
    """Resolve ``auto`` to the first of ``available``; take any other value as it is.

    Raises:
        Unavailable: the device asked for is not among ``available``.
    """
    if requested == "auto":
        return available[0]
    if requested not in available:
        names = ", ".join(available)
        raise Unavailable(f"device={requested} is not available to this model; use auto or {names}")
    return requested


def onnx_device(requested: str) -> str:
    """``cuda`` where ONNX Runtime has it, else ``cpu``.

    Never CoreML: rembg does not choose it, and its masks have not been compared with the CPU's.
    """
    import onnxruntime

    present = onnxruntime.get_available_providers()
    return pick(requested, [device for device, name in PROVIDERS.items() if name in present])


def onnx_providers(device: str) -> list[str]:
    """ONNX Runtime's providers for a device, the CPU last as its fallback."""
    return list(dict.fromkeys([PROVIDERS[device], PROVIDERS["cpu"]]))


def onnx_device_of(session: object, requested: str) -> str:
    """The device a session really got: ONNX Runtime falls back to the CPU with only a warning.

    Raises:
        Unavailable: cuda was asked for by name and the session runs on the CPU.
    """
    active = session.get_providers()  # type: ignore[attr-defined]
    device = next(device for device, name in PROVIDERS.items() if name in active)
    if requested not in ("auto", device):
        raise Unavailable(
            f"device={requested}: ONNX Runtime fell back to {device}; check its CUDA libraries"
        )
    return device


def pinned_threads() -> int:
    """Threads this process was started with; 0 (the library's choice) where it was not pinned."""
    return int(os.environ.get("OMP_NUM_THREADS", "0"))
