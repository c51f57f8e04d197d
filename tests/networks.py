"""ONNX files in the format of rembg's networks, with random weights, and a server that has them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from pytest_httpserver import HTTPServer


def random_network() -> bytes:
    """An ONNX file with the inputs and outputs of rembg's networks, and random weights."""
    rng = np.random.default_rng(0)
    kernel = numpy_helper.from_array(rng.normal(size=(1, 3, 3, 3)).astype(np.float32), "kernel")
    shape = [1, None, "h", "w"]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["input", "kernel"], ["raw"], pads=[1, 1, 1, 1]),
            helper.make_node("Sigmoid", ["raw"], ["output"]),
        ],
        "random",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        [kernel],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


NETWORK = random_network()
NETWORK_HASH = "md5:" + hashlib.md5(NETWORK, usedforsecurity=False).hexdigest()

ABOUT_NETWORK: dict[str, Any] = {"size_bytes": len(NETWORK), "hash": NETWORK_HASH, "licence": "CC0"}


def served(server: HTTPServer, data: bytes = NETWORK, **more: Any) -> str:
    server.expect_request("/network.onnx").respond_with_data(data, **more)
    return server.url_for("/network.onnx")


def kept(folder: Path) -> list[Path]:
    """The files in a folder, locks apart."""
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]
