"""ONNX Runtime's device: what to install for cuda, and how CUDA's libraries are loaded."""

import onnxruntime
import pytest

from models.runtime.onnxruntime import PROVIDERS, onnx_device
from models.segmenter import Unavailable


def test_cuda_without_the_gpu_package_names_the_package_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [PROVIDERS["cpu"]])
    with pytest.raises(Unavailable, match=r"install onnxruntime-gpu==\d+\.\d+\.\d+ in its place$"):
        onnx_device("cuda")
    assert onnx_device("auto") == "cpu"


def test_cuda_libraries_are_preloaded_quietly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """ONNX Runtime's messages about missing libraries go to standard error."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: list(PROVIDERS.values()))
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("Failed to load libcudart"))
    assert onnx_device("cpu") == "cpu"
    assert capsys.readouterr() == ("", "")
    assert onnx_device("auto") == "cuda"
    assert capsys.readouterr() == ("", "Failed to load libcudart\n")
