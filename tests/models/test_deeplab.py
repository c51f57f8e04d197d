"""DeepLabV3: masks equal torchvision's own, checkpoints load completely or not at all."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from torchvision.models.segmentation import DeepLabV3_ResNet101_Weights

from models.deeplab import DeepLab
from models.segmenter import Unavailable
from tests.models.prepared.deeplab import random_network
from tests.support.checkpoints import calibrated, hollow, saved
from tests.support.model_yamls import model_yaml

YAML = model_yaml("deeplabv3")
KNOWN = DeepLabV3_ResNet101_Weights.DEFAULT


def asked(size: int = 64) -> dict[str, Any]:
    return {"size": size, "weights": YAML["weights"]}


def test_masks_equal_torchvisions_own(empty_home: Path) -> None:
    """A photo longer than 4 : 1 is shrunk further, since a strip would exhaust the memory."""
    network = calibrated(random_network())
    weights = saved(DeepLab, asked(), network.state_dict())
    model = DeepLab(device="cpu", **{**asked(), "weights": weights})
    assert model.weights == {"deeplabv3_resnet101_coco-586e9e4e.pth": weights["hash"]}
    background = KNOWN.meta["categories"].index("__background__")
    for height, width, seen in ((90, 120, 64), (300, 60, 51)):
        image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
        batch = KNOWN.transforms(resize_size=seen)(Pillow.fromarray(image))[None]
        with torch.no_grad():
            share = 1 - network(batch)["out"].softmax(dim=1)[:, [background]]
            whole = torch.nn.functional.interpolate(share, size=(height, width), mode="bilinear")
        expected = (whole[0, 0] * 255).round().to(torch.uint8).numpy()
        assert len(np.unique(expected)) > 5
        assert (model.predict(image) == expected).all()


def test_nan_outputs_raise(empty_home: Path) -> None:
    state = hollow(random_network())
    state["classifier.4.bias"] = torch.full((len(KNOWN.meta["categories"]),), float("nan"))
    model = DeepLab(device="cpu", **{**asked(), "weights": saved(DeepLab, asked(), state)})
    with pytest.raises(ValueError, match="contains NaN or inf"):
        model.predict(np.zeros((40, 60, 3), np.uint8))


@pytest.mark.parametrize("change", ["missing", "unexpected"])
def test_another_networks_checkpoint_is_refused(empty_home: Path, change: str) -> None:
    state = hollow(random_network())
    if change == "missing":
        del state["classifier.4.bias"]
    else:
        state["classifier.5.bias"] = torch.zeros(1)
    weights = saved(DeepLab, asked(), state)
    with pytest.raises(
        Unavailable, match=r"not this network's checkpoint .*classifier\.[45]\.bias"
    ):
        DeepLab(device="cpu", **{**asked(), "weights": weights})


def test_the_yaml_names_the_file_that_torchvision_would_load() -> None:
    weights = YAML["weights"]
    assert weights["url"] == KNOWN.url
    assert weights["hash"].startswith(
        "sha256:" + KNOWN.url[-12:-4]
    )  # the file name contains its start
    assert round(weights["size_bytes"] / 2**20, 3) == KNOWN.meta["_file_size"]
    assert [YAML["size"]] == KNOWN.transforms().resize_size


def test_a_size_below_1_is_refused(empty_home: Path) -> None:
    with pytest.raises(Unavailable, match=r"model\.size=0: give pixels from 1"):
        DeepLab(device="cpu", **asked(0))
