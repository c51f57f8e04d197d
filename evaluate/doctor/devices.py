"""Devices: which one ``device=auto`` uses, and a GPU that a library cannot use."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from evaluate.doctor.check_result import CheckResult, ok, problem, warning
from evaluate.doctor.packages import OVERWRITING, REINSTALL, installed_versions
from evaluate.doctor.probe import run_probe, run_program

NVIDIA_SMI_S = 30
ASK_NVIDIA = ("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")


@dataclass(frozen=True)
class Nvidia:
    """The GPUs that nvidia-smi names, with their driver; ``failure`` where it names none."""

    gpus: tuple[str, ...] = ()
    failure: str = ""


def check_nvidia() -> Iterator[CheckResult]:
    """The GPUs that the NVIDIA driver knows."""
    nvidia = _nvidia()
    if nvidia.failure:
        yield warning(f"nvidia-smi: {nvidia.failure}", "install the NVIDIA driver again")
    elif nvidia.gpus:
        yield ok(f"nvidia-smi: {'; '.join(nvidia.gpus)}")
    else:
        yield ok("nvidia-smi: not installed, so no NVIDIA GPU is expected")


@cache
def _nvidia() -> Nvidia:
    if shutil.which("nvidia-smi") is None:
        return Nvidia()
    try:
        ended = run_program(ASK_NVIDIA, NVIDIA_SMI_S)
    except OSError as error:
        return Nvidia(failure=f"cannot be started ({error.strerror})")
    gpus = tuple(" ".join(line.split()) for line in ended.stdout.splitlines() if line.strip())
    if ended.failure:
        return Nvidia(failure=gpus[0] if gpus else ended.failure)
    return Nvidia(gpus) if gpus else Nvidia(failure="names no GPU")


def check_torch() -> Iterator[CheckResult]:
    """PyTorch's device, and a GPU that it does not use."""
    if "torch" not in installed_versions():
        yield ok("PyTorch: not installed; the extras that need it install it")
        return
    ended = run_probe("torch_device")
    if not ended.answers:
        yield problem(f"PyTorch cannot be imported ({ended.failure})", REINSTALL)
        return
    found = ended.answers[-1]
    if reason := found["failure"]:
        yield problem(
            f"PyTorch {found['version']} fails on {found['device']} ({reason})",
            "give device=cpu, or install a build of PyTorch for this GPU and driver",
        )
    else:
        names = f" ({', '.join(found['gpus'])})" if found["gpus"] else ""
        yield ok(f"PyTorch {found['version']}: device=auto is {found['device']}{names}")
    if found["device"] == "cpu" and (gpus := _nvidia().gpus):
        yield _unused_by_torch(gpus[0], found)


def _unused_by_torch(gpu: str, found: dict[str, Any]) -> CheckResult:
    """Why PyTorch does not use a GPU that is here."""
    if found["cuda"] is None:
        return warning(
            f"PyTorch {found['version']} is a build for the CPU and does not use {gpu}",
            "install its build for CUDA into .venv: pytorch.org/get-started names the command",
        )
    reason = f" ({found['warnings']})" if found["warnings"] else ""
    return warning(
        f"PyTorch {found['version']} for CUDA {found['cuda']} cannot use {gpu}{reason}",
        "update the NVIDIA driver, or install a build of PyTorch for an older CUDA",
    )


def check_onnxruntime() -> Iterator[CheckResult]:
    """ONNX Runtime's device, and a GPU that it does not use."""
    if not installed_versions().keys() & {*OVERWRITING["onnxruntime"]}:
        yield ok("ONNX Runtime: not installed; the extras that need it install it")
        return
    ended = run_probe("onnx_device")
    if not ended.answers:
        yield problem(f"ONNX Runtime cannot be used ({ended.failure})", REINSTALL)
        return
    found = ended.answers[-1]
    name, device = f"ONNX Runtime {found['version']}", found["device"]
    if found["failure"]:
        yield problem(f"{name} fails on {device} ({found['failure']})", "or give device=cpu")
    else:
        yield ok(f"{name}: device=auto is {device} (has {', '.join(found['providers'])})")
    if found["no_cuda"] and (gpus := _nvidia().gpus):
        reason, _, remedy = found["no_cuda"].partition("; ")
        yield warning(f"{name} does not use {gpus[0]} ({reason})", remedy)
