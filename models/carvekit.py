"""carvekit's networks, called as its users call them: ``BASNET(device=…)([photo])[0]``.

Recipe (carvekit 4.1.2). BASNET: squashed to ``size`` by Pillow's bicubic, divided by the photo's
maximum, ImageNet mean and std, stretched to 0..1 per photo, bicubic back. TracerUniversalB7:
ImageNet mean and std, squashed to ``size`` by torchvision's bilinear, no stretching, bilinear back.
Code Apache-2.0 (BASNet's MIT).

carvekit downloads by itself, writes to ~/.cache/carvekit on import, and loads Tracer without
checking for missing keys. So weights are fetched, verified and loaded here.
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
from models.runtime.pytorch import check_precision, prepare_network, torch_device
from models.segmenter import Unavailable
from models.weights.checkpoint import fill, load_state
from models.weights.weight_file import WeightFile, fetch_single, home

NETWORKS = {"BASNET": "basnet", "TracerUniversalB7": "tracer_b7"}  # carvekit's class: its module
LEAST_PHOTO_SIDE_PX = 33  # carvekit refuses smaller photos, so they are enlarged


class CarveKit:
    """``network`` is carvekit's class, ``size`` the side of the network's square input.

    ``precision``: ``prepare_network``.
    """

    def __init__(
        self,
        *,
        device: str,
        network: str,
        size: int,
        weights: Mapping[str, Any],
        precision: str | None = None,
    ) -> None:
        self.device = torch_device(device)
        check_precision(self.device, precision)
        files = self.weights_of({"network": network, "weights": weights})
        build = _class(network)
        path, self.weights = fetch_single(files)
        state = load_state(path)
        options: dict[str, Any] = {}
        if network == "TracerUniversalB7":
            options["model_path"] = path  # None downloads, even with load_pretrained=False
            # The edge branch is for training only; carvekit's network lacks it.
            state = {name: tensor for name, tensor in state.items() if "edge" not in name.lower()}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it uses torchvision's deprecated API of 2021
            self._network = build(
                device=self.device, input_image_size=size, load_pretrained=False, **options
            )
        fill(self._network, state, path)
        guard_network(self._network)
        self.runtime = prepare_network(self._network, self.device, precision)

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """The network's checkpoint."""
        if options["network"] not in NETWORKS:
            raise Unavailable(f"model.network={options['network']}: use {' or '.join(NETWORKS)}")
        return [WeightFile.from_settings("carvekit", options["weights"])]

    def predict(self, image: Image) -> Alpha:
        """carvekit's mask (uint8 H×W). carvekit disables gradients itself."""
        photo = Pillow.fromarray(image)
        enlarged = photo
        if min(photo.size) < LEAST_PHOTO_SIDE_PX:
            enlarged = photo.resize(
                (max(photo.width, LEAST_PHOTO_SIDE_PX), max(photo.height, LEAST_PHOTO_SIDE_PX))
            )
        (mask,) = self._network([enlarged])
        return np.asarray(mask if enlarged is photo else mask.resize(photo.size))


def _class(network: str) -> Any:
    with _user_home_at(home() / "carvekit"):
        module = import_module(f"carvekit.ml.wrap.{NETWORKS[network]}")
    return getattr(module, network)


@contextmanager
def _user_home_at(folder: Path) -> Iterator[None]:
    """Make ``folder`` the home folder: carvekit always writes to ~/.cache."""
    before = os.environ.get("HOME")
    os.environ["HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["HOME"]
        else:
            os.environ["HOME"] = before
