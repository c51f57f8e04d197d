"""The engines that can run an ONNX network, and what to install where one is missing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from models.runtime.device import pick_device
from models.segmenter import Unavailable

AUTO = "auto"
TORCH = "torch"  # runs the file's graph by PyTorch, on any of its devices
OWN_KERNELS = ("cpu", "cuda")  # ONNX Runtime's own kernels: the device says it all


@dataclass(frozen=True)
class Provider:
    """An engine: its ``title`` in tables, its name in ONNX Runtime, the ``device`` it runs on.

    ``package`` is the build of ONNX Runtime that has it, None where it needs more than a package.
    """

    title: str
    name: str
    device: str
    package: str | None


PROVIDERS = {
    "cpu": Provider("ONNX Runtime", "CPUExecutionProvider", "cpu", "onnxruntime"),
    "cuda": Provider("CUDA", "CUDAExecutionProvider", "cuda", "onnxruntime-gpu"),
    "tensorrt": Provider("TensorRT", "TensorrtExecutionProvider", "cuda", "onnxruntime-gpu"),
    "rocm": Provider("ROCm", "ROCMExecutionProvider", "gpu", "onnxruntime-rocm"),
    "openvino": Provider("OpenVINO", "OpenVINOExecutionProvider", "cpu", "onnxruntime-openvino"),
    "coreml": Provider("CoreML", "CoreMLExecutionProvider", "mps", None),
    "directml": Provider("DirectML", "DmlExecutionProvider", "gpu", "onnxruntime-directml"),
    TORCH: Provider("PyTorch", TORCH, AUTO, None),
}


def pick_provider(
    device: str, provider: str, order: Sequence[str], built_in: Collection[str], version: str
) -> str:
    """The name in ``PROVIDERS`` of the engine to run on.

    ``auto`` is the first of ``order`` that ONNX Runtime has for ``device``; ``built_in`` and
    ``version`` are those of the installed ONNX Runtime.

    Raises:
        Unavailable: the engine or the device is not there, or they do not fit together.
    """
    here = [name for name in PROVIDERS if PROVIDERS[name].name in built_in]
    if provider == AUTO:
        found = [name for name in order if name in here]
        if device == "cuda" and "cuda" not in here:
            raise Unavailable(f"device=cuda: {_remedy('cuda', version)}")
        picked = pick_device(device, list(dict.fromkeys(PROVIDERS[name].device for name in found)))
        return next(name for name in found if PROVIDERS[name].device == picked)
    if provider not in PROVIDERS:
        raise Unavailable(f"model.provider={provider}: use auto, {', '.join(PROVIDERS)}")
    if provider == TORCH:
        if not find_spec("onnx2torch"):
            raise Unavailable("model.provider=torch: onnx2torch is not installed; run: make "
                              "install extra=torch")  # fmt: skip
        return provider
    own = PROVIDERS[provider].device
    if device not in (AUTO, own):
        usual = own if own in ("cpu", "mps", "cuda") else AUTO
        raise Unavailable(
            f"model.provider={provider} does not run on device={device}; use device={usual}"
        )
    if provider not in here and not (provider == "openvino" and find_spec("openvino")):
        raise Unavailable(f"model.provider={provider}: {_remedy(provider, version)}")
    return provider


def _remedy(provider: str, version: str) -> str:
    if provider == "openvino":
        return "OpenVINO is not installed; run: make install extra=openvino"
    package = PROVIDERS[provider].package
    if package is None:
        return f"only ONNX Runtime for macOS has {PROVIDERS[provider].title}"
    pinned = f"{package}=={version}" if provider in ("cuda", "tensorrt") else package
    more = " tensorrt" if provider == "tensorrt" else ""
    return (
        f"the installed ONNX Runtime has no {PROVIDERS[provider].title}; run: "
        ".venv/bin/pip uninstall -y onnxruntime; "
        f".venv/bin/pip install {pinned}{more}"
    )
