"""OpenVINO's own package as an engine for ONNX files, on the CPU.

The package does not replace ONNX Runtime, so both stand in one environment: docs/decisions/0026.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from models.segmenter import Unavailable, one_line

HINTS = {"fp32": "f32", "bf16": "bf16", "fp16": "f16"}  # OpenVINO's names
ELEMENT_TYPES = {"f32": "tensor(float)", "f16": "tensor(float16)"}  # ONNX Runtime's names


@dataclass(frozen=True)
class Node:
    """An input or output, described as ONNX Runtime does; a length that may vary is text."""

    name: str
    shape: list[int | str]
    type: str


class OpenVinoSession:
    """A network compiled for the CPU, with the methods of ONNX Runtime's ``InferenceSession``.

    ``threads`` 0 lets OpenVINO choose. ``precision`` is what it computes in, apart from the int8
    parts of a quantised file. Left to itself, it would choose bf16 on processors that have it,
    though as an engine of ONNX Runtime it computes in fp32.

    Raises:
        Unavailable: the file cannot be read, or the processor lacks the precision.
    """

    def __init__(self, path: Path, threads: int, precision: str) -> None:
        # Importing openvino reports that to its maker through this package, unless it is missing.
        sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
        # Not by an import statement: its version is no part of the runs of other engines.
        openvino = import_module("openvino")
        config = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": HINTS[precision]}
        if threads:
            config["INFERENCE_NUM_THREADS"] = str(threads)
        try:
            self._network = openvino.Core().compile_model(str(path), "CPU", config)
        except RuntimeError as error:
            raise Unavailable(f"{path}: OpenVINO cannot load it ({one_line(error)})") from error
        self._request = self._network.create_infer_request()
        self._outputs = {name: port for port in self._network.outputs for name in port.get_names()}
        hint = self._network.get_property("INFERENCE_PRECISION_HINT").get_type_name()
        used = next((name for name, own in HINTS.items() if own == hint), hint)
        if used != precision:
            raise Unavailable(
                f"model.precision={precision}: OpenVINO computes in {used} on this processor; "
                f"use model.precision={used}"
            )
        version = openvino.__version__.partition("-")[0]
        self.facts = {"provider": "OpenVINO", "library": f"openvino {version}"}
        if used != "fp32":
            self.facts["computes"] = used

    def run(self, names: Sequence[str] | None, feed: Mapping[str, Any]) -> list[Any]:
        """The outputs ``names``, all where that is None, for the inputs ``feed``."""
        results = self._request.infer(dict(feed), share_inputs=True)
        ports = self._network.outputs if names is None else [self._outputs[n] for n in names]
        return [results[port] for port in ports]

    def get_inputs(self) -> list[Node]:
        """The network's inputs."""
        return [_node(port) for port in self._network.inputs]

    def get_outputs(self) -> list[Node]:
        """The network's outputs, in its order."""
        return [_node(port) for port in self._network.outputs]

    def get_providers(self) -> list[str]:
        """The engine."""
        return ["OpenVINO"]


def _node(port: Any) -> Node:
    shape = [int(str(d)) if d.is_static else str(d) for d in port.partial_shape]
    kind = port.element_type.get_type_name()
    return Node(port.get_any_name(), shape, ELEMENT_TYPES.get(kind, kind))
