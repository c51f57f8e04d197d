"""PyTorch as an engine for ONNX files: the file's graph, run by torch's operations.

The package onnx2torch builds the graph. Its latest release is of 2024, and it warns where an
operation of torch only resembles ONNX's. Both are met in ``models.runtime.convert``: a warning is a
refusal, and a graph is used only if it gave ONNX Runtime's outputs there.
"""

import warnings
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from models.runtime.openvino import Node
from models.runtime.pytorch import prepare_network


class TorchSession:
    """A network on torch's ``device``, with the methods of ONNX Runtime's ``InferenceSession``.

    ``path`` is a file that ``models.runtime.convert`` made for torch; ``precision``:
    ``prepare_network``.
    """

    def __init__(self, path: Path, device: str, precision: str | None) -> None:
        # Not by import statements: their versions are no part of the runs of other engines.
        onnx, onnx2torch = import_module("onnx"), import_module("onnx2torch")
        model = onnx.load(path)
        constants = {tensor.name for tensor in model.graph.initializer}
        self._inputs = [_node(v) for v in model.graph.input if v.name not in constants]
        self._outputs = [_node(value) for value in model.graph.output]
        warnings.filterwarnings("ignore", "Using a non-tuple sequence", UserWarning)  # torch 2.9
        self._network = onnx2torch.convert(model).eval().to(device)
        self._device = device
        self.facts = {
            "provider": "PyTorch",
            "library": f"torch {version('torch')}, onnx2torch {version('onnx2torch')}",
            **prepare_network(self._network, device, precision),
        }

    def run(self, names: Sequence[str] | None, feed: Mapping[str, Any]) -> list[Any]:
        """The outputs ``names``, all where that is None, for the inputs ``feed``."""
        import torch

        tensors = [torch.from_numpy(feed[node.name]).to(self._device) for node in self._inputs]
        with torch.inference_mode():
            outputs = self._network(*tensors)
        every = outputs if isinstance(outputs, list | tuple) else [outputs]
        by_name = dict(zip([node.name for node in self._outputs], every, strict=True))
        return [by_name[name].cpu().numpy() for name in names or by_name]

    def get_inputs(self) -> list[Node]:
        """The network's inputs."""
        return self._inputs

    def get_outputs(self) -> list[Node]:
        """The network's outputs, in its order."""
        return self._outputs

    def get_providers(self) -> list[str]:
        """The engine."""
        return ["PyTorch"]


def _node(value: Any) -> Node:
    lengths = value.type.tensor_type.shape.dim
    shape = [d.dim_value if d.HasField("dim_value") else d.dim_param for d in lengths]
    return Node(value.name, shape, "tensor(float)")
