"""SAM 3 as a folder in the layout of facebook/sam3: a tiny network with random weights.

The real one has 840 million parameters, too many for tests. All of its parts are here, smaller.
"""

import json
from pathlib import Path
from typing import Any

from pytest_httpserver import HTTPServer

LETTERS = [chr(code) for code in range(ord("a"), ord("z") + 1)]
VOCABULARY = [
    *LETTERS,
    *(f"{letter}</w>" for letter in LETTERS),
    "<|startoftext|>",
    "<|endoftext|>",
]
SMALL = {"hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 32, "num_layers": 1}


def prepare(options: dict[str, Any], folder: Path, server: HTTPServer) -> dict[str, Any]:
    return {**options, "weights": {"folder": str(saved(folder / "sam3"))}, "conf": 0.36}


def saved(folder: Path) -> Path:
    """The folder, with a network that takes 112×112 px and has twelve queries."""
    from models.runtime.huggingface import offline_transformers

    transformers = offline_transformers()
    folder.mkdir()
    _as_published(network(transformers), folder)
    tokenizer = transformers.CLIPTokenizer(
        vocab={word: number for number, word in enumerate(VOCABULARY)}, merges=[]
    )
    size = {"height": 112, "width": 112}
    pictures = transformers.Sam3ImageProcessor(size=size)
    transformers.Sam3Processor(pictures, tokenizer).save_pretrained(folder)
    return folder


def _as_published(built: Any, folder: Path) -> None:
    """config.json and model.safetensors as facebook/sam3 has them: a detector beside a tracker."""
    import torch
    from safetensors.torch import save_file

    state = {f"detector_model.{name}": part for name, part in built.state_dict().items()}
    state |= {"tracker_model.no_memory": torch.zeros(1), "tracker_neck.weight": torch.zeros(1)}
    save_file(state, folder / "model.safetensors", {"format": "pt"})
    config = {"model_type": "sam3_video", "detector_config": built.config.to_dict()}
    (folder / "config.json").write_text(json.dumps(config))


def network(transformers: Any) -> Any:
    """Random weights, some of them raised: the masks then differ, and have edges."""
    import torch

    torch.manual_seed(0)
    backbone = {
        **{name: value for name, value in SMALL.items() if name != "num_layers"},
        "model_type": "sam3_vit_model",
        "num_hidden_layers": 2,
        "image_size": 112,
        "pretrain_image_size": 56,
        "window_size": 4,
        "global_attn_indexes": [1],
    }
    text = {
        **{name: value for name, value in SMALL.items() if name != "num_layers"},
        "vocab_size": len(VOCABULARY),
        "projection_dim": 32,
        "num_hidden_layers": 1,
        "max_position_embeddings": 32,
        "bos_token_id": len(VOCABULARY) - 2,
        "eos_token_id": len(VOCABULARY) - 1,
    }
    built = transformers.Sam3Model(
        transformers.Sam3Config(
            vision_config={
                "fpn_hidden_size": 32,
                "backbone_feature_sizes": [[32, 32], [16, 16], [8, 8]],
                "backbone_config": backbone,
            },
            text_config=text,
            geometry_encoder_config=SMALL,
            detr_encoder_config=SMALL,
            detr_decoder_config={**SMALL, "num_queries": 12},
            mask_decoder_config={"hidden_size": 32, "num_attention_heads": 2},
        )
    )
    with torch.no_grad():
        for name, part in built.named_parameters():
            if part.ndim > 1 and "norm" not in name:
                part.mul_(8)
    return built
