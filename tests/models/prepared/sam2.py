"""SAM 2 with random weights in Meta's format: the tiny network of each generation.

The network's side is 128 instead of 1024, so that a photo takes a second instead of twenty. The
larger networks differ in their numbers of parameters, which ``tests/models/test_sam2.py`` checks.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from models.weights.weight_file import home


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    generation = options["variant"].partition("_")[0]
    name = Path(options["weights"]["url"]).name
    weights = {"url": f"https://127.0.0.1/{name}", "licence": "CC0"} | placed(
        home() / "sam2" / name, tiny(generation)
    )
    return {**options, "variant": f"{generation}_t", "size": 128, "weights": weights}


def placed(path: Path, content: bytes) -> dict[str, Any]:
    """Store a weights file where it would be fetched to; return its size and hash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {
        "size_bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
    }


@cache
def tiny(generation: str) -> bytes:
    """A checkpoint of the tiny network, ``sam2`` or ``sam2.1``, in half precision to be small.

    Its weights are random except for two, which raise the predicted quality and sharpen the edges,
    so that ``everything`` finds masks.
    """
    import io

    import torch

    from models.runtime.ultralytics import quiet_ultralytics

    with quiet_ultralytics():
        from ultralytics.models.sam.build import build_sam2_t

    torch.manual_seed(0)
    state = build_sam2_t().state_dict()
    state["sam_mask_decoder.iou_prediction_head.layers.2.bias"] += 5
    for number in range(4):
        state[f"sam_mask_decoder.output_hypernetworks_mlps.{number}.layers.2.weight"] *= 100
    if generation == "sam2.1":
        state |= {
            "no_obj_embed_spatial": torch.zeros(1, 64),
            "obj_ptr_tpos_proj.weight": torch.randn(64, 256),
            "obj_ptr_tpos_proj.bias": torch.zeros(64),
        }
    file = io.BytesIO()
    torch.save({"model": {name: tensor.half() for name, tensor in state.items()}}, file)
    return file.getvalue()
