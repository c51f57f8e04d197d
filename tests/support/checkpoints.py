"""Checkpoints with random weights, put where a model looks for its own; malicious ones; models run
alone.
"""

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from models.weights.weight_file import HasWeights, WeightFile
from tests.support.projects import ROOT

FORMS = ("bare", "zip")  # of malicious weights
BUILD_AND_USE = """
import json, sys
import numpy as np
from models.segmenter import load_class

target, options = json.loads(sys.argv[1])
load_class(target)(device="cpu", **options).predict(np.zeros((40, 60, 3), np.uint8))
"""


def calibrated(network: torch.nn.Module) -> torch.nn.Module:
    """The network, its batch norms fitted to noise: its maps then vary as trained ones do."""
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the statistics of this one batch
    brightness = torch.tensor([-1.0, 1.0])[:, None, None, None]
    with torch.no_grad():
        network.train().forward(torch.randn(2, 3, 64, 64) + brightness)
    return network.eval()


def put(file: WeightFile, data: bytes) -> dict[str, Any]:
    """Write the file where it belongs; what a yaml says of it."""
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_bytes(data)
    return {"size_bytes": len(data), "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}


def saved(
    build: HasWeights, options: Mapping[str, Any], state: Mapping[str, Any]
) -> dict[str, Any]:
    """The yaml's ``weights``, for this state dict saved in its place."""
    (file,) = build.weights_of(options)
    file.path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, file.path)
    with file.path.open("rb") as whole:
        digest = hashlib.file_digest(whole, "sha256").hexdigest()
    about = {"size_bytes": file.path.stat().st_size, "hash": f"sha256:{digest}"}
    return {**options["weights"], **about}


def hollow(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    """A state dict of the right names and shapes that takes no room on disk."""
    return {name: torch.zeros(()).expand(part.shape) for name, part in network.state_dict().items()}


def left_in_home(target: str, options: Mapping[str, Any], folder: Path) -> list[Path]:
    """The files that a model, built and used in a process of its own, leaves in ~."""
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILD_AND_USE, json.dumps([target, options])],
        cwd=ROOT, env={**os.environ, "HOME": str(folder)}, check=True,
    )  # fmt: skip
    return list(folder.rglob("*"))


class Touch:
    """Unpickling this creates a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self._path,)


def malicious(path: Path, form: str) -> bytes:
    """A pickle, or a checkpoint of ``torch.save`` with a pickle in it, that creates ``path``."""
    if form == "bare":
        return pickle.dumps(Touch(path))
    file = io.BytesIO()
    torch.save({"model": {"weight": torch.zeros(1), "extra": Touch(path)}}, file)
    return file.getvalue()


def malicious_code(path: Path) -> bytes:
    """Python that creates ``path``."""
    return f"open({str(path)!r}, 'w').close()\n".encode()
