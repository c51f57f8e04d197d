"""carvekit's networks, called the way its users call them: ``BASNET(device=…)([photo])[0]``.

Recipe (carvekit 4.1.2). BASNET: squashed to ``size`` by Pillow's bicubic, divided by the photo's
maximum, ImageNet, stretched to 0..1 per photo, bicubic back. TracerUniversalB7: ImageNet, squashed
to ``size`` by torchvision's bilinear, no stretching, bilinear back. Code Apache-2.0 (BASNet's MIT).

carvekit downloads by itself, writes into ~/.cache/carvekit when it is imported, and fills Tracer
without looking at what is missing. So weights are fetched, verified and filled in here.
"""

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image
from models.runtime.nan_guard import guard_network
from models.runtime.pytorch import torch_device
from models.segmenter import Unavailable
from models.weights.checkpoint import fill, load_state
from models.weights.weight_file import WeightFile, fetch, home

NETWORKS = {"BASNET": "basnet", "TracerUniversalB7": "tracer_b7"}  # and carvekit's modules
LEAST_SIDE = 33  # pixels; smaller photos, which carvekit refuses, are enlarged


class CarveKit:
    """``network`` is carvekit's own name for it, ``size`` the side of the square that it sees."""

    def __init__(self, *, device: str, network: str, size: int, weights: Mapping[str, Any]) -> None:
        self.device = torch_device(device)
        (file,) = self.weights_of({"network": network, "weights": weights})
        build = _class(network)
        path = fetch(file)
        self.weights = {file.name: file.known_hash}
        state = load_state(path)
        options: dict[str, Any] = {}
        if network == "TracerUniversalB7":
            options["model_path"] = path  # None is a download, even with load_pretrained=False
            # Left over from training; the network that carvekit has is without it.
            state = {name: part for name, part in state.items() if "edge" not in name.lower()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it speaks to torchvision as one did in 2021
            self._network = build(
                device=self.device, input_image_size=size, load_pretrained=False, **options
            )
        fill(self._network, state, path)
        guard_network(self._network)

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The network's checkpoint."""
        if options["network"] not in NETWORKS:
            raise Unavailable(f"model.network={options['network']}: use {' or '.join(NETWORKS)}")
        name = options["weights"]["url"].rpartition("/")[2]
        return [WeightFile(f"carvekit/{name}", **options["weights"])]

    def predict(self, image: Image) -> Alpha:
        """carvekit's mask. It switches gradients off itself."""
        photo = Pillow.fromarray(image)
        seen = photo
        if min(photo.size) < LEAST_SIDE:
            seen = photo.resize((max(photo.width, LEAST_SIDE), max(photo.height, LEAST_SIDE)))
        (mask,) = self._network([seen])
        return np.asarray(mask if seen is photo else mask.resize(photo.size))


def _class(network: str) -> Any:
    with _user_home_at(home() / "carvekit"):
        module = import_module(f"carvekit.ml.wrap.{NETWORKS[network]}")
    return getattr(module, network)


@contextmanager
def _user_home_at(folder: Path) -> Iterator[None]:
    """Let ~ be ``folder``: carvekit knows no other place than ~/.cache."""
    before = os.environ.get("HOME")
    os.environ["HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = before
