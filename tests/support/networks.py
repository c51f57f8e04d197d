"""ONNX files in the format of rembg's networks, with random weights, and a server that has them."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from pytest_httpserver import HTTPServer


def random_network(
    side: int | None = None,
    takes: str = "input",
    gives: tuple[str, ...] = ("output",),
    logits: bool = False,
) -> bytes:
    """An ONNX file with random weights that takes 1×3×side×side, or any size where that is None.

    Each output is another map of the same size, 0..1 unless they are ``logits``.
    """
    rng = np.random.default_rng(0)
    shape = [1, None, side or "h", side or "w"]
    nodes, kernels = [], []
    for name in gives:
        kernel = rng.normal(size=(1, 3, 3, 3)).astype(np.float32)
        kernels.append(numpy_helper.from_array(kernel, f"{name} kernel"))
        raw = name if logits else f"{name} raw"
        nodes.append(helper.make_node("Conv", [takes, f"{name} kernel"], [raw], pads=[1, 1, 1, 1]))
        if not logits:
            nodes.append(helper.make_node("Sigmoid", [raw], [name]))
    graph = helper.make_graph(
        nodes,
        "random",
        [helper.make_tensor_value_info(takes, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in gives],
        kernels,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def constant(network: bytes, value: float) -> bytes:
    """The same ONNX file with ``value`` for every weight: with 0 its maps are flat."""
    model = onnx.load_from_string(network)
    for weight in model.graph.initializer:
        numbers = np.full_like(numpy_helper.to_array(weight), value)
        weight.CopyFrom(numpy_helper.from_array(numbers, weight.name))
    return bytes(model.SerializeToString())


def about(network: bytes) -> dict[str, Any]:
    """What a yaml says of a network besides its URL."""
    digest = hashlib.md5(network, usedforsecurity=False).hexdigest()
    return {"size_bytes": len(network), "hash": f"md5:{digest}", "licence": "CC0"}


NETWORK = random_network()
ABOUT_NETWORK = about(NETWORK)
NETWORK_HASH = ABOUT_NETWORK["hash"]


def served(server: HTTPServer, data: bytes = NETWORK, **more: Any) -> str:
    server.expect_request("/network.onnx").respond_with_data(data, **more)
    return server.url_for("/network.onnx")


def kept(folder: Path) -> list[Path]:
    """The files in a folder, apart from locks and notes of where a file came from."""
    apart = (".lock", ".from")
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix not in apart]
