"""Converts an ONNX file: ``python -m models.runtime.convert``.

Arguments: the file, what to convert it to (fp32, fp16, int8, ``FOR_BATCHES``, ``FOR_TORCH``), a
folder with inputs as .npy files (int8: to calibrate with; ``FOR_TORCH``: to check with), to which
``converted.onnx`` is written. Standard error ends with the reason where that fails.

int8 is static: activations and weights are quantised with the ranges that the calibration photos
show (smallest and largest value), weights for each channel of a convolution. Two parts stay fp32,
since masks fall apart without: convolutions with a kernel in which one weight is more than
``OUTLIER`` standard deviations large, and the heads, that is convolutions to a single map and all
that follows them. Dynamic quantisation was tried: slower than fp32 on convolutions, and unusable
masks (docs/decisions/0026).
"""

import sys
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from models.segmenter import one_line

OUTLIER = 12.0
QUANTISED = ("Conv", "Relu", "MaxPool")
OPSET = 13  # the first in which a scale for each channel can be stated
FLOAT, FLOAT16 = 1, 10  # onnx.TensorProto's numbers
FOR_BATCHES = "batch"  # the first axis of inputs and outputs set free
FOR_TORCH = "torch"  # for models.runtime.torch_graph
OUTPUTS_APART = 1e-3  # of an output's range: how far torch's may be from ONNX Runtime's


class NotConvertible(Exception):
    """The file cannot be converted; the text says why."""


def recipe(precision: str) -> str:
    """What the conversion does, to be recorded; a change of it must change the text."""
    if precision == FOR_BATCHES:
        return "first axis of inputs and outputs set free"
    if precision == FOR_TORCH:
        return (
            f"fp32, constants folded; torch's outputs are ONNX Runtime's within {OUTPUTS_APART:g}"
        )
    if precision == "int8":
        return (
            f"static QDQ of {', '.join(QUANTISED)}: int8 weights per channel, uint8 activations, "
            f"min-max; fp32: heads, kernels with weights above {OUTLIER:g} standard deviations"
        )
    return f"weights and operations in {precision}, inputs and outputs in fp32"


def main(source: Path, precision: str, folder: Path) -> None:
    """Write ``folder/converted.onnx``."""
    # Not by import statements: their versions are no part of the runs of unconverted networks.
    onnx: Any = import_module("onnx")
    model = onnx.load(source)
    quantised = any(node.op_type in ("ConvInteger", "QuantizeLinear") for node in model.graph.node)
    if quantised and precision not in (FOR_BATCHES, FOR_TORCH):
        raise NotConvertible("the file is quantised already; leave out model.precision")
    target = folder / "converted.onnx"
    if precision == FOR_BATCHES:
        onnx.save(_with_free_batch(model), target)
    elif precision == FOR_TORCH:
        onnx.save(_to_fp32(onnx, model), folder / "whole.onnx")
        _fold(folder / "whole.onnx", target)
        _check_torch(onnx.load(target), target, np.load(folder / "0.npy"))
    elif precision == "int8":
        _quantise(onnx, _to_fp32(onnx, model), folder, target)
    else:
        is_half = any(tensor.data_type == FLOAT16 for tensor in model.graph.initializer)
        if precision == "fp32" and is_half:
            model = _to_fp32(onnx, model)
        elif precision == "fp16" and not is_half:
            float16: Any = import_module("onnxruntime.transformers.float16")
            model = float16.convert_float_to_float16(model, keep_io_types=True)
        onnx.save(model, target)


def _to_fp32(onnx: Any, model: Any) -> Any:
    """``model`` with fp16 tensors, casts and types replaced by fp32, in place."""

    def widen(tensor: Any) -> None:
        if tensor.data_type == FLOAT16:
            array = onnx.numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(array, tensor.name))

    for tensor in model.graph.initializer:
        widen(tensor)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                widen(attribute.t)
            elif node.op_type == "Cast" and attribute.name == "to" and attribute.i == FLOAT16:
                attribute.i = FLOAT
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output):
        if value.type.tensor_type.elem_type == FLOAT16:
            value.type.tensor_type.elem_type = FLOAT
    return model


def _with_free_batch(model: Any) -> Any:
    """``model`` with text instead of a number as the first length of its inputs and outputs.

    Shapes in between are inferred again when it is loaded. Whether its operations take several
    photos is not known: a shape may be among its constants.
    """
    constants = {tensor.name for tensor in model.graph.initializer}
    del model.graph.value_info[:]
    for value in (*model.graph.input, *model.graph.output):
        if value.name not in constants and value.type.tensor_type.shape.dim:
            value.type.tensor_type.shape.dim[0].dim_param = "photos"
    return model


def _fold(source: Path, target: Path) -> None:
    """Write the network with constants folded and nodes in order, as ONNX Runtime does it."""
    onnxruntime: Any = import_module("onnxruntime")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(target)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])


def _check_torch(model: Any, path: Path, planes: Any) -> None:
    """See whether torch runs the network, and gives ONNX Runtime's outputs for ``planes``.

    Raises:
        NotConvertible: it does not.
    """
    onnxruntime: Any = import_module("onnxruntime")
    onnx2torch: Any = import_module("onnx2torch")
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # "the results might differ"
            network = onnx2torch.convert(model).eval()
        with torch.inference_mode():
            found = network(torch.from_numpy(planes))
    except Exception as error:  # each operation that it lacks has its own
        reason = one_line(f"{type(error).__name__}: {error}")
        raise NotConvertible(f"onnx2torch cannot run it ({reason})") from error
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    expected = session.run(None, {session.get_inputs()[0].name: planes})
    for own, other in zip(found if isinstance(found, list | tuple) else [found], expected,
                          strict=True):  # fmt: skip
        apart = np.abs(own.numpy() - other).max()
        if not apart <= OUTPUTS_APART * max(float(np.ptp(other)), 1e-6):
            raise NotConvertible(f"torch's outputs differ from ONNX Runtime's, by {apart:.3g}")


def _quantise(onnx: Any, model: Any, folder: Path, target: Path) -> None:
    quantization: Any = import_module("onnxruntime.quantization")
    shapes: Any = import_module("onnxruntime.quantization.shape_inference")
    if max(entry.version for entry in model.opset_import if entry.domain == "") < OPSET:
        model = import_module("onnx.version_converter").convert_version(model, OPSET)
    prepared = folder / "prepared.onnx"
    onnx.save(model, prepared)
    shapes.quant_pre_process(prepared, prepared, skip_symbolic_shape=True)
    model = onnx.load(prepared)
    name = model.graph.input[0].name

    class Reader(quantization.CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._files = iter(sorted(folder.glob("*.npy")))

        def get_next(self) -> dict[str, Any] | None:
            file = next(self._files, None)
            return None if file is None else {name: np.load(file)}

    quantization.quantize_static(
        prepared, target, Reader(),
        quant_format=quantization.QuantFormat.QDQ,
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        op_types_to_quantize=list(QUANTISED),
        nodes_to_exclude=_kept_in_float(onnx, model),
        # As int32 with the scale of a channel whose weights are near 0, biases would overflow.
        extra_options={"QuantizeBias": False},
    )  # fmt: skip


def _kept_in_float(onnx: Any, model: Any) -> list[str]:
    """The names of the nodes that are not quantised."""
    weights = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    kept, after_head = [], set()
    for node in model.graph.node:
        kernel = weights.get(node.input[1]) if node.op_type == "Conv" else None
        is_head = kernel is not None and len(kernel) == 1
        if is_head or any(name in after_head for name in node.input):
            after_head.update(node.output)
            kept.append(node.name)
        elif kernel is not None and _has_outlier(kernel):
            kept.append(node.name)
    return kept


def _has_outlier(kernel: Any) -> bool:
    flat = kernel.reshape(len(kernel), -1).astype(np.float64)
    return bool((np.abs(flat).max(1) > OUTLIER * (flat.std(1) + 1e-12)).any())


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
    except NotConvertible as error:
        sys.exit(str(error))
