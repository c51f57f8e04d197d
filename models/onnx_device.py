"""Which device ONNX Runtime runs on: asked for, and what it really got."""

import os

from models.device import pick
from models.segmenter import Unavailable

# From 1.29 on it sends the names of models and more to its maker, and keeps a device's id in the
# user's cache folder. It reads this once, when it is imported: docs/Privacy.md in its package.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

PROVIDERS = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}


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
