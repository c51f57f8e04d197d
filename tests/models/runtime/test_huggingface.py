"""BiRefNet and RMBG-1.4 from the Hugging Face Hub: foreign code runs only if the user trusts it."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pillow
from pytest_httpserver import HTTPServer
from safetensors.torch import load

from models.birefnet import MEAN, STD, BiRefNet, BiRefNetDynamic
from models.rmbg import Rmbg
from models.segmenter import Unavailable
from tests.support.checkpoints import left_in_home
from tests.support.commands import Command
from tests.support.model_yamls import MODEL_NAMES, model_yaml
from tests.support.networks import kept
from tests.support.photos import make_folder
from tests.support.servers.hub_repository import repository, rmbg_repository, weights

REPOSITORY, REVISION = "Someone/Tiny", "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def hub(empty_home: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A server that replaces the hub, and an environment that is restored afterwards."""
    for name in ("HF_HOME", "HF_MODULES_CACHE", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "")  # so that it is restored
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_ENDPOINT", httpserver.url_for("").rstrip("/"))
    return httpserver


def published(
    server: HTTPServer, files: dict[str, bytes], name: str = REPOSITORY
) -> dict[str, Any]:
    """Serve a repository; the options of a model that uses it."""
    for file, data in files.items():
        server.expect_request(f"/{name}/resolve/{REVISION}/{file}").respond_with_data(data)
    about = [
        {"name": f, "size_bytes": len(d), "hash": f"sha256:{hashlib.sha256(d).hexdigest()}"}
        for f, d in files.items()
    ]
    return {
        "repository": name,
        "revision": REVISION,
        "trust_remote_code": True,
        "size": 48,
        "weights": {"licence": "CC0", "files": about},
    }


@pytest.mark.parametrize("size", [48, [32, 64]])
def test_birefnet_masks_equal_the_model_cards(
    hub: HTTPServer, tmp_path: Path, size: int | list[int]
) -> None:
    given = {**published(hub, repository()), "size": size}
    model = BiRefNet(device="cpu", **given)
    image = np.random.default_rng(0).integers(0, 256, (90, 120, 3), np.uint8)

    from torchvision import transforms
    from transformers import AutoModelForImageSegmentation

    (tmp_path / "card").mkdir()
    for name, data in repository().items():
        (tmp_path / "card" / name).write_bytes(data)
    network = AutoModelForImageSegmentation.from_pretrained(
        tmp_path / "card", trust_remote_code=True
    )
    transform = transforms.Compose(
        [
            transforms.Resize((48, 48) if size == 48 else (32, 64)),
            transforms.ToTensor(),
            transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
        ]
    )
    photo = Pillow.fromarray(image)
    with torch.no_grad():
        answer = network.float().eval()(transform(photo).unsqueeze(0))[-1].sigmoid().cpu()
    expected = np.asarray(transforms.ToPILImage()(answer[0].squeeze()).resize(photo.size))
    assert len(np.unique(expected)) > 5
    assert (model.predict(image) == expected).all()
    assert set(model.weights.values()) == {f["hash"] for f in given["weights"]["files"]}


@pytest.mark.parametrize(
    ("shape", "size", "taken"),
    [
        ((90, 120), 2304, (64, 96)),  # cut down to multiples of 32
        ((20, 10), 2304, (32, 32)),
        ((300, 200), 96, (96, 64)),  # in proportion
        ((64, 256), [64, 128], (32, 128)),
    ],
)
def test_birefnet_dynamic_keeps_a_photos_shape(
    hub: HTTPServer, shape: tuple[int, int], size: int | list[int], taken: tuple[int, int]
) -> None:
    model = BiRefNetDynamic(device="cpu", **{**published(hub, repository()), "size": size})
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    state = load(repository()["model.safetensors"])
    network = torch.nn.Conv2d(3, 1, 3, padding="same")
    network.load_state_dict({name.removeprefix("conv."): part for name, part in state.items()})
    small = Pillow.fromarray(image).resize(taken[::-1])
    planes = (np.asarray(small, np.float32) / 255 - np.array(MEAN)) / np.array(STD)
    with torch.no_grad():
        level = network(
            torch.tensor(planes.transpose(2, 0, 1), dtype=torch.float32)[None]
        ).sigmoid()
    levels = Pillow.fromarray((level[0, 0].numpy() * 255).astype(np.uint8))
    expected = np.asarray(levels.resize(shape[::-1])).astype(int)
    assert np.ptp(expected) > 20
    assert np.abs(model.predict(image).astype(int) - expected).max() <= 2


@pytest.mark.parametrize("shape", [(90, 120), (20, 10)])
def test_rmbg_masks_equal_the_model_cards(
    hub: HTTPServer, tmp_path: Path, shape: tuple[int, int]
) -> None:
    model = Rmbg(device="cpu", **published(hub, rmbg_repository()))
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)

    from torch.nn import functional
    from torchvision.transforms.functional import normalize

    state = load(rmbg_repository()["model.safetensors"])
    network = torch.nn.Conv2d(3, 1, 3, padding="same")
    network.load_state_dict({name.removeprefix("conv."): part for name, part in state.items()})
    planes = torch.tensor(image, dtype=torch.float32).permute(2, 0, 1).unsqueeze(0)
    small = functional.interpolate(planes, size=[48, 48], mode="bilinear")
    with torch.no_grad():
        level = network(normalize(torch.divide(small, 255.0), [0.5] * 3, [1.0] * 3)).sigmoid()
    whole = functional.interpolate(level, size=shape, mode="bilinear").squeeze()
    stretched = (whole - whole.min()) / (whole.max() - whole.min())
    expected = (stretched * 255).numpy().astype(np.uint8)
    assert (expected.min(), expected.max()) == (0, 255)
    assert (model.predict(image) == expected).all()


def test_a_constant_rmbg_map_gives_an_empty_mask(hub: HTTPServer) -> None:
    files = rmbg_repository()
    files["model.safetensors"] = weights({"conv.weight": torch.zeros(1, 3, 3, 3)})
    model = Rmbg(device="cpu", **published(hub, files))
    assert not model.predict(np.full((48, 48, 3), 200, np.uint8)).any()


@pytest.mark.parametrize(("build", "files"), [(BiRefNet, repository), (Rmbg, rmbg_repository)])
def test_nan_outputs_raise(hub: HTTPServer, build: Any, files: Any) -> None:
    nan = {"model.safetensors": weights({"conv.bias": torch.full((1,), float("nan"))})}
    model = build(device="cpu", **published(hub, files() | nan))
    with pytest.raises(ValueError, match="contains NaN or inf"):
        model.predict(np.zeros((48, 48, 3), np.uint8))


def test_without_trust_nothing_is_fetched_or_run(hub: HTTPServer) -> None:
    given = {**published(hub, repository()), "trust_remote_code": False}
    with pytest.raises(Unavailable, match=rf"Someone/Tiny at revision {REVISION} contains Python "
                       r"code.*add model\.trust_remote_code=true$"):  # fmt: skip
        BiRefNet(device="cpu", **given)
    assert hub.log == []


def test_code_with_another_hash_is_not_run(hub: HTTPServer, tmp_path: Path) -> None:
    given = published(hub, repository())
    touch = f"open({str(tmp_path / 'ran')!r}, 'w')\n".encode()
    hub.clear()
    published(hub, {**repository(), "birefnet.py": touch + repository()["birefnet.py"]})
    with pytest.raises(Unavailable, match=r"weights Tiny-birefnet\.py could not be fetched"):
        BiRefNet(device="cpu", **given)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"conv.bias": None}, "missing_keys.*conv.bias"),
        ({"more": torch.zeros(1)}, "unexpected_keys.*more"),
        ({"conv.bias": torch.zeros(2)}, "Tiny@01234567 does not load with transformers 5"),
    ],
)
def test_missing_or_unexpected_keys_are_refused(
    hub: HTTPServer, changes: dict[str, torch.Tensor | None], message: str
) -> None:
    given = published(hub, repository(**changes))
    with pytest.raises(Unavailable, match=message):
        BiRefNet(device="cpu", **given)


def test_code_for_an_older_transformers_is_a_one_line_error(hub: HTTPServer) -> None:
    files = repository()
    files["birefnet.py"] = b"from transformers import ThingOfAnotherDay\n" + files["birefnet.py"]
    with pytest.raises(
        Unavailable, match=r"Tiny@01234567 does not load .*ThingOfAnotherDay.*; set model\.revision"
    ):
        BiRefNet(device="cpu", **published(hub, files))


def test_offline_the_missing_file_is_named(
    hub: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = published(hub, repository())
    monkeypatch.setenv("CUTOUTBENCH_OFFLINE", "1")
    with pytest.raises(
        Unavailable, match=r"Tiny-model\.safetensors are missing and .*resolve/0123"
    ):
        BiRefNet(device="cpu", **given)
    assert hub.log == []


def test_one_mirror_holds_the_files_of_several_repositories(
    hub: HTTPServer, empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the hub their files have the same names."""
    both = [
        published(hub, repository()),
        published(hub, repository(**{"conv.bias": torch.ones(1)}), "Someone/Other"),
    ]
    first = [BiRefNet(device="cpu", **given).weights for given in both]
    (tmp_path / "mirror").mkdir()
    for path in kept(empty_home / "hub"):
        if not path.is_symlink():
            path.rename(tmp_path / "mirror" / path.name)
    monkeypatch.setenv("CUTOUTBENCH_HOME", str(tmp_path / "second"))
    monkeypatch.setenv("CUTOUTBENCH_MIRROR", str(tmp_path / "mirror"))
    hub.clear()
    assert [BiRefNet(device="cpu", **given).weights for given in both] == first


def test_trust_is_not_part_of_the_rows_name(
    hub: HTTPServer, command: Command, tmp_path: Path
) -> None:
    """Through the command, with the user's own repository."""
    given = published(hub, repository())
    files = "".join(
        f"{{name:{f['name']},size_bytes:{f['size_bytes']},hash:'{f['hash']}'}},"
        for f in given["weights"]["files"]
    )
    done = command(
        "eval", "model=birefnet-hub", "model.trust_remote_code=true", "model.label=Tiny",
        "model.repository=Someone/Tiny", f"model.revision='{REVISION}'", "model.size=32",
        f"model.weights.files=[{files[:-1]}]",
        "dataset=folder", f"dataset.root={make_folder(tmp_path / 'photos', ['a'])}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "trust_remote_code" not in done.stdout
    assert (tmp_path / "reports" / "photos" / "runs" / "Tiny" / "masks" / "a.png").is_file()


def test_loading_writes_nothing_to_the_home_folder(hub: HTTPServer, tmp_path: Path) -> None:
    given = published(hub, repository())
    assert left_in_home("models.birefnet.BiRefNet", given, tmp_path / "user") == []


def test_the_yamls_pin_a_commit_and_trust_no_code() -> None:
    found = [content for content in map(model_yaml, MODEL_NAMES) if "repository" in content]
    assert len(found) == 8
    for content in found:
        assert len(content["revision"]) == 40
        assert content["trust_remote_code"] is False
