"""Load PyTorch checkpoints completely or not at all.

Only tensors are unpickled, never code. A missing or unexpected key is an error: a network that is
partly random still makes plausible masks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models.segmenter import Unavailable, one_line


def load_state(path: Path) -> dict[str, Any]:
    """A checkpoint's tensors by name, on the CPU; they may be nested under the key ``model``.

    Raises:
        Unavailable: the file contains anything but tensors.
    """
    import torch

    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch, zip and pickle each raise their own
        raise Unavailable(f"{path}: not a tensors-only checkpoint ({one_line(error)})") from error
    if isinstance(state, Mapping) and isinstance(state.get("model"), Mapping):
        state = state["model"]
    if not isinstance(state, Mapping) or not all(torch.is_tensor(t) for t in state.values()):
        raise Unavailable(f"{path}: not a tensors-only checkpoint")
    return dict(state)


def fill(network: Any, state: Mapping[str, Any], path: Path) -> None:
    """Load ``state`` into a ``torch.nn.Module``.

    Raises:
        Unavailable: a key is missing or unexpected, or its shape differs.
    """
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise Unavailable(f"{path}: not this network's checkpoint ({one_line(error)})") from error
