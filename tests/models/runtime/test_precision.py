"""Networks in another precision: converted once, verified, recorded, and of nearly equal masks."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.onnx import Onnx
from models.runtime import precision as conversion
from models.segmenter import Unavailable
from models.weights.weight_file import fetch_s
from tests.support.networks import random_network
from tests.support.photos import photo

OPTIONS: dict[str, Any] = {
    "size": 64, "resample": "bilinear", "divide_by": 255, "mean": 0.5, "std": 0.2, "output": None,
    "activation": "none", "stretch": True,
}  # fmt: skip


@pytest.fixture
def network(tmp_path: Path, empty_home: Path) -> Path:
    """Two layers, of which only the first is no head."""
    rng = np.random.default_rng(0)
    kernels = {"a": rng.normal(size=(8, 3, 9, 9)), "b": rng.normal(size=(1, 8, 3, 3)) / 9}
    model = onnx.load_from_string(random_network(64))
    del model.graph.node[:], model.graph.initializer[:]
    for name, kernel in kernels.items():
        tensor = numpy_helper.from_array(kernel.astype(np.float32), name)
        model.graph.initializer.append(tensor)
    model.graph.node.extend([
        helper.make_node("Conv", ["input", "a"], ["first"], "first", pads=[4] * 4),
        helper.make_node("Relu", ["first"], ["rectified"], "rectify"),
        helper.make_node("Conv", ["rectified", "b"], ["second"], "second", pads=[1] * 4),
        helper.make_node("Sigmoid", ["second"], ["output"], "end"),
    ])  # fmt: skip
    path = tmp_path / "net.onnx"
    onnx.save(model, path)
    return path


def difference(path: Path, **options: Any) -> tuple[float, Onnx]:
    """Mean levels between the masks of the file and of its conversion, and the latter's model."""
    image = photo()[0]
    plain = Onnx(device="cpu", file=str(path), **OPTIONS)
    other = Onnx(device="cpu", file=str(path), **OPTIONS, **options)
    levels = np.abs(plain.predict(image).astype(int) - other.predict(image))
    return float(levels.mean()), other


@pytest.mark.parametrize(("precision", "levels"), [("fp32", 0), ("fp16", 1), ("int8", 10)])
def test_masks_stay_close_and_the_conversion_is_recorded(
    network: Path, empty_home: Path, precision: str, levels: int
) -> None:
    before = fetch_s()
    found, model = difference(network, precision=precision)
    assert found <= levels
    assert fetch_s() > before  # so that it is no part of the load time
    (file,) = (empty_home / "converted").glob("*.onnx")
    note = json.loads(file.with_suffix(".json").read_text())
    assert model.runtime["converted"] == note["how"]
    assert f"sha256:{model.runtime['sha256']}" == f"sha256:{note['sha256']}"
    assert ("chrome-4, clutter-4" in note["how"]) == (precision == "int8")
    difference(network, precision=precision)
    assert [*(empty_home / "converted").glob("*.onnx")] == [file]


def test_int8_leaves_heads_and_outliers_in_float(network: Path, empty_home: Path) -> None:
    def quantised() -> set[str]:
        difference(network, precision="int8")
        file = max((empty_home / "converted").glob("*.onnx"), key=lambda f: f.stat().st_mtime_ns)
        graph = onnx.load(file).graph
        dequantised = {n.output[0] for n in graph.node if n.op_type == "DequantizeLinear"}
        convs = (n for n in graph.node if n.op_type == "Conv")
        return {n.name for n in convs if n.input[1] in dequantised}

    assert quantised() == {"first"}
    model = onnx.load(network)
    kernel = numpy_helper.to_array(model.graph.initializer[0]).copy()
    kernel[3] = 0.01
    kernel[3, 0, 0, 0] = 5  # one of 243 weights: 15 standard deviations
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(kernel, "a"))
    onnx.save(model, network)
    assert quantised() == set()


def test_fp16_files_are_read_as_fp32(network: Path, empty_home: Path) -> None:
    difference(network, precision="fp16")
    (half,) = (empty_home / "converted").glob("*.onnx")
    assert {t.data_type for t in onnx.load(half).graph.initializer} == {TensorProto.FLOAT16}
    for precision in ("fp32", "int8"):
        assert difference(half, precision=precision)[0] <= 10
    (wide,) = (empty_home / "converted").glob("*-fp32-*.onnx")
    assert {t.data_type for t in onnx.load(wide).graph.initializer} == {TensorProto.FLOAT}


def test_a_damaged_conversion_is_not_loaded(network: Path, empty_home: Path) -> None:
    difference(network, precision="fp32")
    (file,) = (empty_home / "converted").glob("*.onnx")
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(Unavailable, match="damaged; run again to convert it again"):
        difference(network, precision="fp32")
    assert difference(network, precision="fp32")[0] == 0


def test_what_cannot_be_converted_is_refused(
    network: Path, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    difference(network, precision="int8")
    (quantised,) = (empty_home / "converted").glob("*.onnx")
    with pytest.raises(Unavailable, match="int8: the file is quantised already"):
        difference(quantised, precision="int8")
    monkeypatch.setattr(conversion, "find_spec", lambda _: None)
    with pytest.raises(Unavailable, match="run: make install extra=quantize"):
        difference(network, precision="fp32")
