"""carvekit's networks: masks equal carvekit's own, checkpoints load completely, no download."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from models.carvekit import NETWORKS, CarveKit
from models.segmenter import Unavailable
from tests.models.prepared.carvekit import random_network
from tests.support.checkpoints import calibrated, hollow, left_in_home, saved
from tests.support.model_yamls import MODEL_NAMES, model_yaml

YAML = {
    content["network"]: content
    for content in map(model_yaml, MODEL_NAMES)
    if content["_target_"] == "models.carvekit.CarveKit"
}


def asked(network: str) -> dict[str, Any]:
    return {"network": network, "size": 32, "weights": YAML[network]["weights"]}


@pytest.mark.parametrize("name", NETWORKS)
def test_masks_equal_carvekits_own(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Tracer's checkpoint also contains an edge detector, which carvekit's network lacks."""
    network = calibrated(random_network(name, tmp_path))
    state = network.state_dict()
    if name == "TracerUniversalB7":
        state["encoder.Frequency_Edge_Module1.conv.weight"] = torch.zeros(1)
    weights = saved(CarveKit, asked(name), state)
    from carvekit.utils.download_models import CachedDownloader

    def fetched(*_: object) -> None:
        raise AssertionError("carvekit fetches")

    monkeypatch.setattr(CachedDownloader, "download_model", fetched)
    model = CarveKit(device="cpu", **{**asked(name), "weights": weights})
    assert list(model.weights.values()) == [weights["hash"]]
    image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)
    (expected,) = network([Pillow.fromarray(image)])
    assert len(np.unique(expected)) > 5
    assert (model.predict(image) == np.asarray(expected)).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_constant_maps_give_no_foreground_and_nan_raises(
    empty_home: Path, tmp_path: Path, name: str
) -> None:
    """Tracer's constant map is 0.5 everywhere, since it is not stretched."""
    image = np.zeros((40, 60, 3), np.uint8)
    state = hollow(random_network(name, tmp_path))

    def mask(weight: float) -> Any:
        filled = {
            n: part + weight if part.is_floating_point() else part for n, part in state.items()
        }
        weights = saved(CarveKit, asked(name), filled)
        return CarveKit(device="cpu", **{**asked(name), "weights": weights}).predict(image)

    assert np.unique(mask(0)).tolist() == ([0] if name == "BASNET" else [127])
    with pytest.raises(ValueError, match="contains NaN or inf"):
        mask(float("nan"))


@pytest.mark.parametrize("name", NETWORKS)
def test_missing_or_unexpected_keys_are_refused(
    empty_home: Path, tmp_path: Path, name: str
) -> None:
    """Also for Tracer, whose keys carvekit does not check."""
    whole = hollow(random_network(name, tmp_path))
    less = dict(list(whole.items())[1:])
    for state, reason in ((less, "Missing"), ({**whole, "more": torch.zeros(1)}, "Unexpected")):
        weights = saved(CarveKit, asked(name), state)
        with pytest.raises(Unavailable, match=f"not this network's checkpoint .*{reason}"):
            CarveKit(device="cpu", **{**asked(name), "weights": weights})


def test_the_yamls_name_the_files_that_carvekit_would_load(tmp_path: Path) -> None:
    for name, content in YAML.items():
        random_network(name, tmp_path)
        from carvekit.utils.download_models import MODELS_URLS

        known = MODELS_URLS[f"{NETWORKS[name]}.pth"]
        assert content["weights"]["url"] == (
            f"https://huggingface.co/{known['repository']}/resolve/{known['revision']}/"
            f"{known['filename']}"
        )
    assert YAML.keys() == NETWORKS.keys()


def test_unknown_networks_are_refused() -> None:
    given = {**asked("BASNET"), "network": "U2NET"}
    with pytest.raises(Unavailable, match=r"model\.network=U2NET: use BASNET or TracerUniversalB7"):
        CarveKit(device="cpu", **given)


def test_loading_writes_nothing_to_the_home_folder(empty_home: Path, tmp_path: Path) -> None:
    weights = saved(CarveKit, asked("BASNET"), hollow(random_network("BASNET", tmp_path)))
    given = {**asked("BASNET"), "weights": weights}
    assert left_in_home("models.carvekit.CarveKit", given, tmp_path / "user") == []
