"""PyTorch checkpoints, loaded whole or not at all.

Only tensors are unpickled, never code. A key too many or too few is another network's checkpoint:
a network that keeps random weights somewhere still makes plausible masks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.segmenter import Unavailable


def load_state(path: Path) -> dict[str, Any]:
    """The tensors by name in a checkpoint, on the CPU; also of one that holds them in ``model``.

    Raises:
        Unavailable: it is no checkpoint of tensors alone.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch, zip and pickle each have their own ways to refuse
        reason = " ".join(str(error).split())[:120]
        raise Unavailable(f"{path}: no checkpoint of tensors alone ({reason})") from error
    if isinstance(state, Mapping) and isinstance(state.get("model"), Mapping):
        state = state["model"]
    if not isinstance(state, Mapping) or not all(torch.is_tensor(t) for t in state.values()):
        raise Unavailable(f"{path}: no checkpoint of tensors alone")
    return dict(state)


def fill(network: Any, state: Mapping[str, Any], path: Path) -> None:
    """Load ``state`` into a ``torch.nn.Module``.

    Raises:
        Unavailable: a key is missing, unexpected, or of another shape.
    """
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise Unavailable(f"{path}: not this network's checkpoint ({reason})") from error
