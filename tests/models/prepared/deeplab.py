"""DeepLabV3 at a small size."""

from pathlib import Path
from typing import Any

import torch
from pytest_httpserver import HTTPServer
from torchvision.models.segmentation import deeplabv3_resnet101

from models.deeplab import DeepLab
from tests.support.checkpoints import calibrated, saved


def random_network() -> Any:
    torch.manual_seed(0)
    network = deeplabv3_resnet101(weights=None, weights_backbone=None, aux_loss=True)
    network.classifier[-1].weight.data /= 3  # so that no class dominates
    return network


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    state = calibrated(random_network()).state_dict()
    return {**options, "size": 32, "weights": saved(DeepLab, options, state)}
