"""SAM 1 and MobileSAM with random weights in their authors' format.

The contract is tested with the smallest network, MobileSAM, at a side of 128 instead of 1024.
``tests/models/test_sam.py`` also builds SAM's base network.
"""

import io
from functools import cache
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from models.weights.weight_file import home
from tests.models.prepared.sam2 import placed


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    return with_network(options, "mobile_sam")


def with_network(options: dict[str, Any], variant: str) -> dict[str, Any]:
    """The options for the network ``variant``, its random weights stored where they belong."""
    name = f"{variant}-{Path(options['weights']['url']).name}"
    weights = {"url": f"https://127.0.0.1/{name}", "licence": "CC0"} | placed(
        home() / "sam" / name, checkpoint(variant)
    )
    return {**options, "variant": variant, "size": 128, "weights": weights}


@cache
def checkpoint(variant: str) -> bytes:
    """A checkpoint in half precision, to be small: tensors by name, not nested.

    Its weights are random except for some that raise the predicted quality and sharpen the edges,
    so that ``everything`` finds masks.
    """
    import torch

    from models.runtime.ultralytics import quiet_ultralytics

    with quiet_ultralytics():
        from ultralytics.models.sam.build import sam_model_map

    torch.manual_seed(0)
    state = sam_model_map[f"{variant}.pt"]().state_dict()
    state["mask_decoder.iou_prediction_head.layers.2.bias"] += 5
    for number in range(4):
        state[f"mask_decoder.output_hypernetworks_mlps.{number}.layers.2.weight"] *= 1e4
    file = io.BytesIO()
    torch.save({name: tensor.half() for name, tensor in state.items()}, file)
    return file.getvalue()
