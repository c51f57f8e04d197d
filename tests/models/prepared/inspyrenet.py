"""InSPyReNet with random weights: the whole network, in a checkpoint with the real keys."""

import io
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import torch
from pytest_httpserver import HTTPServer

from models.inspyrenet import InSPyReNet
from tests.support.checkpoints import put

# Random layers saturate the output from stage to stage; these factors undo that.
SHRINK = {
    "decoder.conv5": 0.05,
    "attention2.conv_out4": 1.5e-4,
    "attention1.conv_out4": 2e-8,
    "attention0.conv_out4": 1e-13,
}


def upstream() -> Any:
    """The library, without its warning about a missing GUI library."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transparent_background
    return transparent_background


@cache
def checkpoint() -> bytes:
    """A checkpoint for every mode, small since its large tensors share their numbers."""
    build = upstream().InSPyReNet.InSPyReNet_SwinB
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")  # deprecations of PyTorch
        torch.manual_seed(0)
        network = build(depth=64, pretrained=False, base_size=[384, 384], threshold=None)
        state = network.state_dict()
        large = {n: t for n, t in state.items() if t.is_floating_point() and t.numel() > 20_000}
        numbers = 0.02 * torch.randn(max(tensor.numel() for tensor in large.values()))
    for name, tensor in large.items():
        state[name] = numbers[: tensor.numel()].view(tensor.shape)
    for name, factor in SHRINK.items():
        state[f"{name}.conv.weight"] *= factor
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


def weights(options: dict[str, Any], data: bytes) -> dict[str, Any]:
    """The yaml's ``weights``, replaced by ``data``."""
    (file,) = InSPyReNet.weights_of(options)
    return {**options["weights"], **put(file, data)}


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    least_px = 32
    return {**options, "size": least_px, "weights": weights(options, checkpoint())}
