"""Weights: downloaded, verified, replaced when wrong, and never kept when they are not it."""

import hashlib
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from models import npm, weights
from models.segmenter import Unavailable
from tests.conftest import Command
from tests.networks import NETWORK, NETWORK_HASH, served


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder of the test's own."""
    monkeypatch.setenv("CUTOUTBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REMBG_HOME", str(tmp_path / "elsewhere"))
    return tmp_path / "home"


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
