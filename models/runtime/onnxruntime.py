"""ONNX Runtime's device: choose it, create a session on it, check what the session uses."""

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from models.runtime.device import pick_device, pinned_threads
from models.segmenter import Unavailable

# From 1.29 on ONNX Runtime sends model names and other data to its maker, and stores a device id in
# the user's cache folder. It reads this variable on import: docs/Privacy.md in its package.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

PROVIDERS = {"cuda": "CUDAExecutionProvider", "cpu": "CPUExecutionProvider"}


def onnx_device(requested: str) -> str:
    """``requested``, with ``auto`` resolved to ``cuda`` if ONNX Runtime supports it, else ``cpu``.

    CoreML is not used: rembg does not use it, and its masks were not compared with the CPU's.

    Raises:
        Unavailable: cuda was requested, and the installed package is for the CPU.
    """
    import onnxruntime

    providers = onnxruntime.get_available_providers()
    if requested == "cuda" and PROVIDERS["cuda"] not in providers:
        version = onnxruntime.__version__
        raise Unavailable(
            "device=cuda: the package onnxruntime is for the CPU; uninstall it and install "
            f"onnxruntime-gpu=={version} in its place"
        )
    device = pick_device(
        requested, [device for device, name in PROVIDERS.items() if name in providers]
    )
    if device == "cuda":
        with redirect_stdout(sys.stderr):  # it prints which libraries it does not find
            onnxruntime.preload_dlls()  # CUDA's libraries, from PyTorch's packages
    return device


def onnx_providers(device: str) -> list[str]:
    """ONNX Runtime's providers for a device, with the CPU last as fallback."""
    return list(dict.fromkeys([PROVIDERS[device], PROVIDERS["cpu"]]))


def onnx_session(path: Path, providers: list[str]) -> Any:
    """A session of the network at ``path``, with this process's number of threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = pinned_threads()
    return onnxruntime.InferenceSession(str(path), options, providers=providers)


def onnx_device_of(session: object, requested: str) -> str:
    """The device a session uses: ONNX Runtime may fall back to the CPU with only a warning.

    Raises:
        Unavailable: cuda was requested and the session runs on the CPU.
    """
    active = session.get_providers()  # type: ignore[attr-defined]
    device = next(device for device, name in PROVIDERS.items() if name in active)
    if requested not in ("auto", device):
        raise Unavailable(
            f"device={requested}: ONNX Runtime fell back to {device}; check its CUDA libraries"
        )
    return device
