"""Broken packages, GPUs and drivers to put on PYTHONPATH and PATH."""

import hashlib
from pathlib import Path

GPU = "NVIDIA Test, 550.54"

TORCH = """
import warnings
__version__ = "{version}"

class version:
    cuda, hip = {cuda!r}, None

class cuda:
    @staticmethod
    def is_available():
        if {warns!r}:
            warnings.warn({warns!r})
        return False

class backends:
    class mps:
        is_available = staticmethod(lambda: False)

def set_num_threads(number):
    pass

def ones(*shape, device):
    import numpy
    return numpy.ones(shape)
"""


def stub_module(folder: Path, name: str, text: str) -> None:
    """A module to be found before the installed one."""
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


def stub_torch(folder: Path, version: str, cuda: str | None, warns: str = "") -> None:
    """A PyTorch that sees no GPU."""
    stub_module(folder, "torch", TORCH.format(version=version, cuda=cuda, warns=warns))


def stub_package(folder: Path, name: str, version: str) -> None:
    """The metadata of an installed package, without its modules."""
    place = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    place.mkdir(parents=True)
    (place / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def stub_nvidia_smi(folder: Path, script: str = f"echo '{GPU}'") -> None:
    """A program nvidia-smi."""
    folder.mkdir(exist_ok=True)
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "nvidia-smi").chmod(0o755)


def put_weights(home: Path, content: bytes) -> Path:
    """FastSAM-s's file with this content, and a note that it had the hash of b"network"."""
    path = home / "fastsam" / "FastSAM-s.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    digest = hashlib.sha256(b"network").hexdigest()
    path.with_name(f"{path.name}.sha256").write_text(f"sha256:{digest}")
    return path
