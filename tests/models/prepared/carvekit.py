"""carvekit's networks at a small size."""

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from pytest_httpserver import HTTPServer

from models.carvekit import NETWORKS, CarveKit
from tests.support.checkpoints import calibrated, saved


def random_network(name: str, folder: Path) -> Any:
    """carvekit's network for input squares of 32; its files in ~ go to ``folder``."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("HOME", str(folder))
        warnings.simplefilter("ignore")
        build = getattr(import_module(f"carvekit.ml.wrap.{NETWORKS[name]}"), name)
        torch.manual_seed(0)
        paths = {"model_path": folder} if name == "TracerUniversalB7" else {}
        return build(device="cpu", input_image_size=32, load_pretrained=False, **paths)


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    state = calibrated(random_network(options["network"], folder)).state_dict()
    return {**options, "size": 32, "weights": saved(CarveKit, options, state)}
