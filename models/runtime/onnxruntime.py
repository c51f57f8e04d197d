"""Which device ONNX Runtime runs on: asked for, and what it really got."""

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from models.runtime.device import pick, pinned_threads
from models.segmenter import Unavailable

# From 1.29 on it sends the names of models and more to its maker, and keeps a device's id in the
# user's cache folder. It reads this once, when it is imported: docs/Privacy.md in its package.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

PROVIDERS = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}


def onnx_device(requested: str) -> str:
    """``cuda`` where ONNX Runtime has it, else ``cpu``.

    Never CoreML: rembg does not choose it, and its masks have not been compared with the CPU's.

    Raises:
        Unavailable: cuda was asked for by name, and this is the package without it.
    """
    import onnxruntime

    present = onnxruntime.get_available_providers()
    if requested == "cuda" and PROVIDERS["cuda"] not in present:
        version = onnxruntime.__version__
        raise Unavailable(
            "device=cuda: the package onnxruntime is for the CPU; uninstall it and install "
            f"onnxruntime-gpu=={version} in its place"
        )
    device = pick(requested, [device for device, name in PROVIDERS.items() if name in present])
    if device == "cuda":
        with redirect_stdout(sys.stderr):  # where it says what it does not find
            onnxruntime.preload_dlls()  # CUDA's libraries lie in packages that PyTorch brings
    return device


def onnx_providers(device: str) -> list[str]:
    """ONNX Runtime's providers for a device, the CPU last as its fallback."""
    return list(dict.fromkeys([PROVIDERS[device], PROVIDERS["cpu"]]))


def onnx_session(path: Path, providers: list[str]) -> Any:
    """The network at ``path``, with the threads that this process was started with."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = pinned_threads()
    return onnxruntime.InferenceSession(str(path), options, providers=providers)


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
