"""A repository as the hub has them: weights, and a network in code that transformers is to run."""

import json

import torch
from safetensors.torch import save

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


def repository(**changes: torch.Tensor | None) -> dict[str, bytes]:
    """Its files by name. ``changes`` set tensors of the weights, or with None take them away."""
    torch.manual_seed(0)
    state = {"conv.weight": torch.randn(1, 3, 3, 3), "conv.bias": torch.randn(1), **changes}
    # In 16 bits, as BiRefNet's are.
    tensors = {name: part.half() for name, part in state.items() if part is not None}
    return {
        "model.safetensors": save(tensors, {"format": "pt"}),
        "birefnet.py": CODE.encode(),
        "BiRefNet_config.py": CONFIG_CODE.encode(),
        "config.json": json.dumps(CONFIG).encode(),
    }
