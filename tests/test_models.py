"""Every model there is, found by its yaml: one contract, real libraries, real file formats."""

import hashlib
import pkgutil
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from omegaconf import OmegaConf
from onnx import TensorProto, helper, numpy_helper
from pytest_httpserver import HTTPServer

from datasets.arrays import as_alpha
from models import npm, weights
from models.segmenter import Recorded, Segmenter, Unavailable
from tests.conftest import ROOT, TOOL_PHOTOS, Command, make_folder, photo

YAMLS = sorted((ROOT / "conf" / "model").glob("*.yaml"))


def random_network() -> bytes:
    """An ONNX file with the inputs and outputs of rembg's networks, and random weights."""
    rng = np.random.default_rng(0)
    kernel = numpy_helper.from_array(rng.normal(size=(1, 3, 3, 3)).astype(np.float32), "kernel")
    shape = [1, None, "h", "w"]
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["input", "kernel"], ["raw"], pads=[1, 1, 1, 1]),
            helper.make_node("Sigmoid", ["raw"], ["output"]),
        ],
        "random",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)],
        [kernel],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


NETWORK = random_network()
NETWORK_HASH = "md5:" + hashlib.md5(NETWORK, usedforsecurity=False).hexdigest()


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder of the test's own."""
    monkeypatch.setenv("CUTOUTBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REMBG_HOME", str(tmp_path / "elsewhere"))
    return tmp_path / "home"


def served(server: HTTPServer, data: bytes = NETWORK, **more: Any) -> str:
    server.expect_request("/network.onnx").respond_with_data(data, **more)
    return server.url_for("/network.onnx")


def options(yaml: Path) -> dict[str, Any]:
    content = OmegaConf.to_container(OmegaConf.load(yaml))
    assert isinstance(content, dict)
    return {str(key): value for key, value in content.items()}


@pytest.mark.parametrize("yaml", YAMLS, ids=lambda path: path.stem)
def test_every_model_names_its_class_label_and_extra(yaml: Path) -> None:
    content = options(yaml)
    assert callable(pkgutil.resolve_name(content["_target_"]))
    assert content["label"]
    if extra := content.get("extra"):
        assert (ROOT / "requirements" / f"{extra}.txt").exists()


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # rembg on a blank network
@pytest.mark.parametrize("yaml", YAMLS, ids=lambda path: path.stem)
def test_every_model_keeps_the_contract(
    yaml: Path,
    httpserver: HTTPServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Odd, tiny, long and blank pictures; the same answer twice; no output; no network."""
    content = options(yaml)
    build = pkgutil.resolve_name(content.pop("_target_"))
    for name in ("label", "extra", "warmup"):
        content.pop(name, None)
    if "weights" in content:  # the release is out of reach of a test; its format is not
        monkeypatch.setenv("CUTOUTBENCH_HOME", str(tmp_path / "home"))
        content["weights"] = {"url": served(httpserver), "hash": NETWORK_HASH}
    if "root" in content:
        content["root"] = str(tmp_path)
    model = build(device="auto", **content)
    assert model.device in ("cpu", "elsewhere")
    if isinstance(model, Recorded):
        assert model.recall("nothing") == (None, None)
        return
    assert isinstance(model, Segmenter)

    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("predict opened a connection")

    capfd.readouterr()
    monkeypatch.setattr(socket.socket, "connect", no_network)
    rng = np.random.default_rng(0)
    for image in (
        photo()[0],
        rng.integers(0, 256, (53, 37, 3), np.uint8),
        np.zeros((1, 1, 3), np.uint8),
        rng.integers(0, 256, (300, 1, 3), np.uint8),
        np.zeros((40, 60, 3), np.uint8),
        np.full((40, 60, 3), 255, np.uint8),
    ):
        before = image.copy()
        first, second = model.predict(image), model.predict(image)
        assert (as_alpha(first, image) == as_alpha(second, image)).all()
        assert (image == before).all()
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("device", ["cuda", "mps"])
@pytest.mark.parametrize("target", ["otsu:Otsu", "grabcut:GrabCut", "background:Background"])
def test_floors_run_on_the_cpu_and_say_so(device: str, target: str) -> None:
    with pytest.raises(Unavailable, match=f"device={device} is not available"):
        pkgutil.resolve_name(f"models.{target}")(device=device)


def test_floors_find_a_dark_tool_on_paper() -> None:
    image, mask = photo(300, 400)
    for target in ("otsu:Otsu", "grabcut:GrabCut"):
        alpha = pkgutil.resolve_name(f"models.{target}")(device="cpu").predict(image)
        assert np.mean((alpha >= 128) == mask) > 0.99


def test_isnet_gives_what_rembg_by_hand_gives(command: Command, tmp_path: Path) -> None:
    """Real weights, real photos; ``tests/by_hand.py`` is the check of the README."""
    source = TOOL_PHOTOS if TOOL_PHOTOS.exists() else ROOT / "datasets" / "sample"
    root = tmp_path / "photos"
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True)
        for path in sorted((source / kind).iterdir())[:3]:
            shutil.copy(path, root / kind)
    own = ("dataset=folder", f"dataset.root={root}")
    done = command("eval", "model=isnet", "model.source=npm", *own)
    assert done.returncode == 0, done.stderr
    assert "ISNet (rembg) [source=npm]" in done.stdout
    run = tmp_path / "reports" / "photos" / "runs" / "isnet+source=npm"
    assert npm.BUNDLES["medium"] in (run / "run.json").read_text()
    check = subprocess.run(
        [sys.executable, "-m", "tests.by_hand", str(root), str(run)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert check.returncode == 0, check.stdout + check.stderr
    assert check.stdout.startswith(sorted(p.stem for p in (root / "images").iterdir())[0])


def test_real_isnet_finds_tools(command: Command, tmp_path: Path) -> None:
    """imgly's IS-Net on two pictures of the built-in set that a threshold cannot solve."""
    from tests.conftest import read_scores

    root = tmp_path / "photos"
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True)
        for name in ("04-hammer", "05-pliers"):
            (found,) = (ROOT / "datasets" / "sample" / kind).glob(f"{name}.*")
            shutil.copy(found, root / kind)
    for model in ("imgly", "otsu"):
        command("eval", f"model={model}", "dataset=folder", f"dataset.root={root}")
    runs = tmp_path / "reports" / "photos" / "runs"
    for name, (status, iou) in read_scores(runs / "imgly").items():
        assert status == "ok"
        assert float(iou) > 0.8 > 2 * float(read_scores(runs / "otsu")[name][1])


def test_release_weights_are_downloaded_verified_and_loaded(
    command: Command, folder: Path, empty_home: Path, httpserver: HTTPServer, tmp_path: Path
) -> None:
    own = (
        "eval", "model=u2net", f"model.weights.url={served(httpserver)}",
        f"model.weights.hash={NETWORK_HASH}", "dataset=folder", f"dataset.root={folder}",
    )  # fmt: skip
    done = command(*own)
    assert done.returncode == 0, done.stderr
    assert "U2Net (rembg)" in done.stdout
    (stored,) = empty_home.rglob("*.onnx")
    assert stored.read_bytes() == NETWORK
    assert not (tmp_path / "elsewhere").exists()
    assert NETWORK_HASH in (tmp_path / "reports/photos/runs/u2net/run.json").read_text()
    requests = len(httpserver.log)

    shutil.rmtree(tmp_path / "reports")
    assert command(*own).returncode == 0
    assert len(httpserver.log) == requests  # already there, and right

    stored.write_bytes(NETWORK[:-5])
    shutil.rmtree(tmp_path / "reports")
    done = command(*own)
    assert done.returncode == 0, done.stderr
    assert "wrong hash" in done.stderr
    assert stored.read_bytes() == NETWORK


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"data": b"<html>Sorry</html>", "content_type": "text/html"}, "hash"),
        ({"data": NETWORK[:-5]}, "hash"),
        ({"data": b"", "status": 404}, "404"),
        ({"data": b"", "status": 503}, "503"),
    ],
)
def test_what_is_no_weights_file_is_not_kept(
    empty_home: Path, httpserver: HTTPServer, answer: dict[str, Any], reason: str
) -> None:
    path = weights.home() / "network.onnx"
    with pytest.raises(Unavailable) as caught:
        weights.fetch(served(httpserver, **answer), NETWORK_HASH, path)
    line = str(caught.value)
    assert "\n" not in line
    assert reason in line
    assert f"put the file ({NETWORK_HASH}) at {path}" in line
    assert list(empty_home.rglob("*")) in ([], [empty_home])


def test_missing_weights_end_in_one_line(command: Command, folder: Path, empty_home: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    done = command(
        "eval", "model=isnet", f"model.weights.url=http://127.0.0.1:{port}/isnet.onnx",
        "dataset=folder", f"dataset.root={folder}",
    )  # fmt: skip
    assert done.returncode == 2
    line = next(line for line in done.stderr.splitlines() if "could not be had" in line)
    assert "ISNet (rembg): weights isnet-general-use.onnx" in line
    assert "(no connection)" in line
    assert done.stderr.splitlines()[-1] == line
    assert "or use model.source=npm" in line
    assert "Traceback" not in done.stderr


def test_only_isnet_comes_from_npm(command: Command) -> None:
    done = command("eval", "model=u2net", "model.source=npm")
    assert done.returncode == 2
    assert "model.source=npm: use release" in done.stderr


def fake_npm(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir()
    (folder / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_without_npm(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="npm is not installed; install Node"):
        npm.fetch("small", empty_home / "a.onnx")


def test_when_npm_fails(empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_npm(tmp_path / "bin", "echo no such registry >&2; exit 1", monkeypatch)
    with pytest.raises(Unavailable, match=r"npm pack .* failed \(no such registry\)"):
        npm.fetch("small", empty_home / "a.onnx")


@pytest.mark.parametrize(
    ("chunk", "reason"), [(b"damaged", "is damaged; run again"), (b"chunk", "has another sha256")]
)
def test_the_package_is_verified(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: bytes, reason: str
) -> None:
    """A chunk that is not what its name says, and a sum of true chunks that is not the network."""
    name = hashlib.sha256(b"chunk").hexdigest()
    dist = tmp_path / "package" / "dist"
    dist.mkdir(parents=True)
    (dist / name).write_bytes(chunk)
    (dist / "resources.json").write_text(
        f'{{"/models/small": {{"chunks": [{{"hash": "{name}"}}]}}}}'
    )
    subprocess.run(["tar", "czf", "package.tgz", "package"], cwd=tmp_path, check=True)
    fake_npm(tmp_path / "bin", f'cp {tmp_path}/package.tgz "$5"', monkeypatch)
    with pytest.raises(Unavailable, match=reason):
        npm.fetch("small", empty_home / "a.onnx")
    assert not (empty_home / "a.onnx").exists()
    assert not list(empty_home.iterdir())


def test_one_file_and_one_yaml_make_a_model(
    command: Command, project: Path, tmp_path: Path
) -> None:
    """The README's own example, added to a copy of the project in which nothing else changes."""
    readme = (ROOT / "README.md").read_text()
    body = re.search(r"```python\n# models/bright\.py\n(.*?)```", readme, re.DOTALL)
    yaml = re.search(r"```yaml\n# conf/model/bright\.yaml\n(.*?)```", readme, re.DOTALL)
    assert body
    assert yaml
    (project / "models" / "bright.py").write_text(body[1])
    (project / "conf" / "model" / "bright.yaml").write_text(yaml[1])
    own = ("dataset=folder", f"dataset.root={make_folder(tmp_path / 'photos', ['a', 'b'])}")
    done = command("eval", "model=bright", *own, project=project)
    assert done.returncode == 0, done.stderr
    assert "Darker than 200" in done.stdout
    assert "100%" in done.stdout
    assert "bright" in command("eval", "model=nonsense", project=project).stderr
