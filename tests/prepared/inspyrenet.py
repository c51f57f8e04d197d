"""InSPyReNet with random weights: the whole network, in a checkpoint of the real one's keys."""

import hashlib
import io
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

SIZE_PX = 32  # the least there is

# What random layers make grows from stage to stage beyond any grey; these bring it back.
SHRINK = {
    "decoder.conv5": 0.05,
    "attention2.conv_out4": 1.5e-4,
    "attention1.conv_out4": 2e-8,
    "attention0.conv_out4": 1e-13,
}


def upstream() -> Any:
    """The library; its warning that it has no library for windows is nothing to tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import transparent_background
    return transparent_background


@cache
def checkpoint() -> bytes:
    """What the weights' file holds. Large tensors share their numbers, so it is small."""
    import torch

    build = upstream().InSPyReNet.InSPyReNet_SwinB
    with warnings.catch_warnings(), torch.random.fork_rng():
        warnings.simplefilter("ignore")  # of PyTorch's future
        torch.manual_seed(0)
        network = build(depth=64, pretrained=False, base_size=[384, 384], threshold=None)
        state = network.state_dict()
        large = {name: tensor for name, tensor in state.items() if tensor.numel() > 20_000}
        numbers = 0.02 * torch.randn(max(tensor.numel() for tensor in large.values()))
    for name, tensor in large.items():
        if tensor.is_floating_point():
            state[name] = numbers[: tensor.numel()].view(tensor.shape)
    for name, factor in SHRINK.items():
        state[f"{name}.conv.weight"] *= factor
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


def weights(server: HTTPServer, name: str = "ckpt.pth") -> dict[str, Any]:
    """The checkpoint on ``server``, as a yaml describes it."""
    server.expect_request(f"/{name}").respond_with_data(checkpoint())
    digest = hashlib.md5(checkpoint(), usedforsecurity=False).hexdigest()
    return {
        "url": server.url_for(f"/{name}"),
        "size_bytes": len(checkpoint()),
        "hash": f"md5:{digest}",
        "licence": "CC0",
    }


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    mine = weights(server)
    if options["weights"]["hash"] is None:
        mine |= {"hash": None, "trust": True}
    return {**options, "size": SIZE_PX, "weights": mine}
