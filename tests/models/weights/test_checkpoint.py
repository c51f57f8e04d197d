"""Checkpoints are loaded completely or not at all, tensors only."""

import pickle
from pathlib import Path

import pytest
import torch

from models.segmenter import Unavailable
from models.weights.checkpoint import fill, load_state


def saved(path: Path, content: object) -> Path:
    torch.save(content, path)
    return path


def test_tensors_load_bare_and_nested_under_model(tmp_path: Path) -> None:
    source = torch.nn.Linear(2, 3)
    for content in (source.state_dict(), {"model": source.state_dict(), "epoch": 3}):
        target = torch.nn.Linear(2, 3)
        path = saved(tmp_path / "net.pth", content)
        fill(target, load_state(path), path)
        assert torch.equal(target.weight, source.weight)


@pytest.mark.parametrize("change", ["missing", "unexpected", "shape"])
def test_missing_or_unexpected_keys_are_refused(tmp_path: Path, change: str) -> None:
    state = dict(torch.nn.Linear(2, 3).state_dict())
    if change == "missing":
        del state["bias"]
    elif change == "unexpected":
        state["more"] = torch.zeros(1)
    else:
        state["bias"] = torch.zeros(4)
    path = saved(tmp_path / "net.pth", state)
    with pytest.raises(Unavailable, match=r"net\.pth: not this network's checkpoint .*(bias|more)"):
        fill(torch.nn.Linear(2, 3), load_state(path), path)


def test_only_tensors_are_unpickled(tmp_path: Path) -> None:
    class Code:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (str(tmp_path / "ran"),))

    (tmp_path / "net.pth").write_bytes(pickle.dumps(Code()))
    (tmp_path / "page.pth").write_text("<html>")
    saved(tmp_path / "words.pth", {"model": {"a": "text"}})
    for name in ("net", "page", "words"):
        with pytest.raises(Unavailable, match="not a tensors-only checkpoint"):
            load_state(tmp_path / f"{name}.pth")
    assert not (tmp_path / "ran").exists()
