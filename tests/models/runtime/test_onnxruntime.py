"""The engine of an ONNX network: which is chosen, what to install, what is recorded."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from models.onnx import Onnx
from models.runtime import providers
from models.runtime.onnxruntime import REMBG_ORDER, OnnxRuntime
from models.runtime.providers import PROVIDERS
from models.segmenter import Unavailable
from tests.support.model_yamls import MODEL_NAMES, model_options, model_yaml
from tests.support.networks import NETWORK, random_network
from tests.support.photos import photo

ALL = [provider.name for provider in PROVIDERS.values()]
ONNX_CLASSES = ("models.onnx.Onnx", "models.rembg.Rembg", "models.imgly.Imgly")


@pytest.fixture
def has(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets the engines that ONNX Runtime has, and hides the package openvino."""

    def set_engines(*names: str) -> None:
        found = [PROVIDERS[name].name for name in (*names, "cpu")]
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: found)
        monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("no libcudart"))
        monkeypatch.setattr(providers, "find_spec", lambda _: None)

    return set_engines


@pytest.mark.parametrize(
    ("here", "order", "picked"),
    [
        ([], REMBG_ORDER, "cpu"),
        (["openvino"], REMBG_ORDER, "openvino"),
        (["openvino", "rocm"], REMBG_ORDER, "rocm"),
        (["openvino", "rocm", "cuda"], REMBG_ORDER, "cuda"),
        (["openvino", "coreml"], ("cuda", "cpu"), "cpu"),
        (["tensorrt", "cuda"], ("cuda", "cpu"), "cuda"),
    ],
)
def test_auto_is_the_engine_that_the_library_would_choose(
    has: Any, here: list[str], order: tuple[str, ...], picked: str
) -> None:
    """rembg's order: sessions/base.py of rembg 2.0.86. On the CPU alone nothing changes."""
    has(*here)
    assert OnnxRuntime("auto", order=order).provider == picked
    on_cpu = "openvino" if "openvino" in here and "openvino" in order else "cpu"
    assert OnnxRuntime("cpu", order=order).provider == on_cpu


def test_the_order_is_rembgs_own(has: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each subset of engines: rembg's own session asks for the engine that we choose."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    from rembg.sessions.base import BaseSession

    asked: list[str] = []

    def session(*_: object, providers: list[str], **_options: object) -> object:
        asked.append(providers[0])
        return type("Session", (), {"get_providers": lambda _: providers})()

    monkeypatch.setattr(onnxruntime, "InferenceSession", session)
    monkeypatch.setattr(BaseSession, "download_models", classmethod(lambda _: "none"))
    for device, here in (("CPU", []), ("CPU-OPENVINO", ["openvino"]), ("GPU", ["cuda"])):
        has(*here)
        monkeypatch.setattr(onnxruntime, "get_device", lambda device=device: device)
        BaseSession("u2net", onnxruntime.SessionOptions())
        assert OnnxRuntime("auto", order=REMBG_ORDER).providers[0] == asked[-1]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"device": "cuda"}, r"device=cuda: .*pip install onnxruntime-gpu==\d+\.\d+\.\d+$"),
        ({"provider": "cuda"}, r"has no CUDA; run: .*install onnxruntime-gpu==\d+\.\d+\.\d+$"),
        ({"provider": "tensorrt"}, r"install onnxruntime-gpu==\d+\.\d+\.\d+ tensorrt$"),
        ({"provider": "rocm"}, "install onnxruntime-rocm$"),
        ({"provider": "directml"}, "install onnxruntime-directml$"),
        ({"provider": "coreml"}, "only ONNX Runtime for macOS has CoreML"),
        ({"provider": "openvino"}, "run: make install extra=openvino$"),
        ({"provider": "npu"}, "model.provider=npu: use auto, cpu, cuda"),
        ({"provider": "cuda", "device": "cpu"}, "does not run on device=cpu; use device=cuda"),
        ({"device": "mps"}, "device=mps is not available to this model"),
        ({"precision": "int4"}, "model.precision=int4: use fp32, fp16, int8, bf16"),
        ({"precision": "bf16"}, "make install extra=openvino, and add model.provider=openvino"),
    ],
)
def test_what_is_missing_is_refused_with_the_remedy(
    has: Any, given: dict[str, str], reason: str
) -> None:
    has()
    with pytest.raises(Unavailable, match=reason):
        OnnxRuntime(**{"device": "auto", **given})


def test_cuda_libraries_are_preloaded_quietly(has: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """ONNX Runtime's messages about missing libraries go to standard error."""
    has("cuda")
    assert OnnxRuntime("cpu").device == "cpu"
    assert capsys.readouterr() == ("", "")
    assert OnnxRuntime("auto").device == "cuda"
    assert capsys.readouterr() == ("", "no libcudart\n")


def test_a_fallback_is_refused(has: Any, tmp_path: Path) -> None:
    has("cuda")
    path = tmp_path / "net.onnx"
    path.write_bytes(NETWORK)
    fell_back = pytest.raises(Unavailable, match="CUDA: ONNX Runtime fell back to CPU")
    with pytest.warns(UserWarning, match="is not in available provider names"), fell_back:
        OnnxRuntime("cuda").open(path)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_every_onnx_yaml_has_the_settings(name: str) -> None:
    if model_yaml(name)["_target_"] in ONNX_CLASSES:
        options = model_options(name)
        assert options["provider"] == "auto"
        assert options["precision"] is None


@pytest.mark.skipif(find_spec("openvino") is None, reason="the package openvino is missing")
def test_openvino_gives_the_masks_of_onnx_runtime(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(random_network(64, gives=("output", "more")))
    options: dict[str, Any] = {
        "file": str(path), "size": 64, "resample": "bilinear", "divide_by": 255, "mean": 0.5,
        "std": 0.2, "output": None, "activation": "none", "stretch": True,
    }  # fmt: skip
    plain = Onnx(device="cpu", **options)
    direct = Onnx(device="cpu", **options, provider="openvino")
    assert plain.runtime == {}
    assert direct.device == "cpu"
    assert direct.runtime == {"provider": "OpenVINO", "library": f"openvino {version('openvino')}"}
    image = photo()[0]
    masks = [model.predict(image).astype(int) for model in (plain, direct)]
    assert np.abs(masks[0] - masks[1]).max() <= 1
    assert np.ptp(masks[0]) == 255
    path.write_bytes(NETWORK)  # any size
    assert Onnx(device="cpu", **options, provider="openvino").predict(image).shape == (120, 90)
    path.write_text("<html>")
    with pytest.raises(Unavailable, match=r"net\.onnx: OpenVINO cannot load it"):
        Onnx(device="cpu", **options, provider="openvino")
