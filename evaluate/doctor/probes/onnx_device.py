"""ONNX Runtime: its providers, the device it chooses, and the one that a network then runs on."""

import json
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path


def main() -> None:
    """Print one line. ``no_cuda`` is why a GPU of NVIDIA could not be chosen."""
    with redirect_stdout(sys.stderr):
        from models.runtime.onnxruntime import OnnxRuntime
        from models.segmenter import Unavailable

        runtime = OnnxRuntime("auto")
        import numpy as np
        import onnxruntime

        failure = no_cuda = ""
        try:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "identity.onnx")
                path.write_bytes(_identity())
                given = np.array([1, 2], np.float32)
                (output,) = runtime.open(path).run(None, {"x": given})
                if not np.array_equal(output, given):
                    failure = "a network that returns its input returned something else"
        except Unavailable as error:
            failure = str(error)
        try:
            OnnxRuntime("cuda")
        except Unavailable as error:
            no_cuda = str(error)
    answer = {
        "version": onnxruntime.__version__, "providers": onnxruntime.get_available_providers(),
        "device": runtime.device, "failure": failure, "no_cuda": no_cuda,
    }  # fmt: skip
    print(json.dumps(answer))


def _identity() -> bytes:
    """A network that returns its input, two floats, in ONNX's protobuf format.

    The numbers are those of the fields in onnx.proto: the package onnx is not in every environment.
    """
    two = _field(1, _field(1, 2))  # a shape of one dimension, which is 2 long
    floats = _field(2, _field(1, _field(1, 1) + _field(2, two)))  # a tensor of 32-bit floats
    node = _field(1, b"x") + _field(2, b"y") + _field(4, b"Identity")
    graph = (
        _field(1, node)
        + _field(2, b"identity")
        + _field(11, _field(1, b"x") + floats)
        + _field(12, _field(1, b"y") + floats)
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 13))  # IR version 8, opset 13


def _field(number: int, value: int | bytes) -> bytes:
    """A protobuf field; all numbers and lengths are below 128."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


if __name__ == "__main__":
    main()
