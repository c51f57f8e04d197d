"""withoutBG's three networks with random weights, and the real names, inputs and outputs."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from pytest_httpserver import HTTPServer

from models.withoutbg import CATEGORIES, FEATURES, WithoutBg
from tests.support.checkpoints import put

SIDES = {"rgb_matting": 448, "rgb_depth": 518, "rgb": 1024}


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    return with_networks(options, "fine_strand")


def with_networks(options: dict[str, Any], category: str) -> dict[str, Any]:
    """The options, with networks whose router calls every photo ``category``."""
    networks = {"router": router(category), "matting": matting(), "birefnet": birefnet()}
    weights = dict(options["weights"])
    for file, (name, network) in zip(WithoutBg.weights_of(options), networks.items(), strict=True):
        weights[name] = {"url": "https://127.0.0.1/none", **put(file, network)}
    return {**options, "weights": weights}


def router(category: str) -> bytes:
    """Logits that do not depend on the photo, and features that do."""
    logits = np.zeros((1, len(CATEGORIES)), np.float32)
    logits[0, CATEGORIES.index(category)] = 1
    nodes = [helper.make_node("Identity", ["logits"], ["route_logits"])]
    for number, name in enumerate(FEATURES):
        nodes += [_conv("rgb_matting", f"kernel{number}", name)]
    kernels = {f"kernel{number}": _kernel(number) for number in range(len(FEATURES))}
    return _network(nodes, ["rgb_matting"], [], ["route_logits", *FEATURES],
                    {"logits": logits, **kernels})  # fmt: skip


def matting() -> bytes:
    """A map of every input: the photo twice, and the features."""
    nodes = [
        _conv("rgb_matting", "kernel", "photo"),
        _conv("rgb_depth", "kernel", "depth"),
        helper.make_node("GlobalMaxPool", ["depth"], ["brightest"]),
        helper.make_node("Sum", ["photo", "brightest", *FEATURES], ["logits"]),
        helper.make_node("Sigmoid", ["logits"], ["coarse_alpha"]),
    ]
    return _network(nodes, ["rgb_matting", "rgb_depth"], [*FEATURES], ["coarse_alpha"],
                    {"kernel": _kernel(7)})  # fmt: skip


def birefnet() -> bytes:
    """A map of the photo, which exceeds 0..1 in places."""
    return _network([_conv("rgb", "kernel", "alpha")], ["rgb"], [], ["alpha"],
                    {"kernel": _kernel(8)})  # fmt: skip


def _kernel(seed: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=(1, 3, 3, 3)).astype(np.float32)


def _conv(takes: str, kernel: str, gives: str) -> Any:
    return helper.make_node("Conv", [takes, kernel], [gives], pads=[1, 1, 1, 1])


def _network(
    nodes: list[Any], photos: list[str], maps: list[str], gives: list[str], held: dict[str, Any]
) -> bytes:
    def value(name: str, shape: list[int | None]) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    inputs = [value(name, [1, 3, SIDES[name], SIDES[name]]) for name in photos]
    inputs += [value(name, [1, 1, 448, 448]) for name in maps]
    outputs = [
        value(name, [1, len(CATEGORIES)] if name == "route_logits" else [1, 1, None, None])
        for name in gives
    ]
    tensors = [numpy_helper.from_array(array, name) for name, array in held.items()]
    graph = helper.make_graph(nodes, "random", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())
