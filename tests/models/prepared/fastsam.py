"""FastSAM with random weights in ultralytics' format: a small YOLOv8 of one class, pickled."""

from functools import cache
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

from models.weights.weight_file import home
from tests.models.prepared.sam2 import placed


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    name = Path(options["weights"]["url"]).name
    weights = {"url": f"https://127.0.0.1/{name}", "licence": "CC0"} | placed(
        home() / "fastsam" / name, network()
    )
    return {**options, "size": 128, "weights": weights}


@cache
def network() -> bytes:
    """A checkpoint in ultralytics' training format that finds some small objects."""
    import io

    import torch

    from models.runtime.ultralytics import quiet_ultralytics

    with quiet_ultralytics():
        from ultralytics.nn.tasks import SegmentationModel

    torch.manual_seed(0)
    model = SegmentationModel("yolov8n-seg.yaml", nc=1, verbose=False)
    for module in model.modules():  # or activations would vanish
        if isinstance(module, torch.nn.Conv2d) and module.weight.requires_grad:
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    head = model.model[-1]
    for boxes, certainty in zip(head.cv2, head.cv3, strict=True):
        torch.nn.init.constant_(boxes[-1].bias, 0)
        boxes[-1].bias.data.view(4, -1)[:, 2] += 10  # boxes smaller than the photo
        certainty[-1].weight.data *= 60  # certain of some boxes only
        torch.nn.init.constant_(certainty[-1].bias, -3)
    file = io.BytesIO()
    arguments = {"task": "segment", "imgsz": 1024, "single_cls": True, "data": None}
    torch.save({"model": model.half(), "ema": None, "train_args": arguments}, file)
    return file.getvalue()
