"""Repositories as the hub has them: weights, and a network in code that transformers is to run."""

import json
from collections.abc import Mapping
from typing import Any

import torch
from safetensors.torch import save

from models.runtime.huggingface import HubModel
from tests.support.checkpoints import put

CONFIG = {
    "architectures": ["BiRefNet"],
    "auto_map": {
        "AutoConfig": "BiRefNet_config.BiRefNetConfig",
        "AutoModelForImageSegmentation": "birefnet.BiRefNet",
    },
    "kernel": 3,
}
CONFIG_CODE = """
from transformers import PretrainedConfig


class BiRefNetConfig(PretrainedConfig):
    model_type = "tiny"

    def __init__(self, kernel=1, **more):
        self.kernel = kernel
        super().__init__(**more)
"""
CODE = """
import torch
from transformers import PreTrainedModel

from .BiRefNet_config import BiRefNetConfig


class BiRefNet(PreTrainedModel):
    config_class = BiRefNetConfig

    def __init__(self, config):
        super().__init__(config)
        self.conv = torch.nn.Conv2d(3, 1, config.kernel, padding="same")
        self.post_init()

    def forward(self, planes):
        return [planes, self.conv(planes)]
"""


RMBG_CONFIG = {
    "architectures": ["BriaRMBG"],
    "auto_map": {
        "AutoConfig": "MyConfig.RMBGConfig",
        "AutoModelForImageSegmentation": "briarmbg.BriaRMBG",
    },
}
RMBG_CONFIG_CODE = """
from transformers import PretrainedConfig


class RMBGConfig(PretrainedConfig):
    model_type = "tiny-rmbg"
"""
RMBG_CODE = """
import torch
from transformers import PreTrainedModel

from .MyConfig import RMBGConfig


class BriaRMBG(PreTrainedModel):
    config_class = RMBGConfig

    def __init__(self, config):
        super().__init__(config)
        self.conv = torch.nn.Conv2d(3, 1, 3, padding="same")

    def forward(self, planes):
        level = self.conv(planes)
        return [level.sigmoid(), planes], [level]
"""


def repository(**changes: torch.Tensor | None) -> dict[str, bytes]:
    """BiRefNet's files by name.

    ``changes`` set tensors of the weights, or with None take them away.
    """
    return {
        "model.safetensors": weights(changes),
        "birefnet.py": CODE.encode(),
        "BiRefNet_config.py": CONFIG_CODE.encode(),
        "config.json": json.dumps(CONFIG).encode(),
    }


def rmbg_repository() -> dict[str, bytes]:
    """RMBG-1.4's files by name. Its code is from before ``post_init`` had to be called."""
    return {
        "model.safetensors": weights({}),
        "briarmbg.py": RMBG_CODE.encode(),
        "MyConfig.py": RMBG_CONFIG_CODE.encode(),
        "config.json": json.dumps(RMBG_CONFIG).encode(),
    }


def weights(changes: Mapping[str, torch.Tensor | None]) -> bytes:
    """Those of either network, ``changes`` as above, as safetensors."""
    torch.manual_seed(0)
    state = {"conv.weight": torch.randn(1, 3, 3, 3), "conv.bias": torch.randn(1), **changes}
    # In 16 bits, as BiRefNet's are.
    tensors = {name: part.half() for name, part in state.items() if part is not None}
    return save(tensors, {"format": "pt"})


def prepared(options: dict[str, Any], data: Mapping[str, bytes]) -> dict[str, Any]:
    """A yaml's options, with these files in the place of its own."""
    files = [
        {"name": named["name"], **put(file, data[named["name"]])}
        for named, file in zip(
            options["weights"]["files"], HubModel.weights_of(options), strict=True
        )
    ]
    stated = {**options["weights"], "files": files}
    size = [32, 64] if isinstance(options["size"], list) else 32
    return {**options, "trust_remote_code": True, "size": size, "weights": stated}
