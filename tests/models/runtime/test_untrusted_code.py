"""Repositories with Python code: none of it runs unless ``model.trust_remote_code=true``.

Every yaml that names a repository is tested, so a new one is too.
"""

import hashlib
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from models.birefnet import BiRefNet
from models.segmenter import Unavailable, load_class
from models.weights.weight_file import fetch
from tests.support.checkpoints import FORMS, malicious, malicious_code
from tests.support.model_yamls import MODEL_NAMES, model_options, model_yaml
from tests.support.servers.hub_repository import repository

WITH_CODE = [name for name in MODEL_NAMES if "trust_remote_code" in model_yaml(name)]
pytestmark = pytest.mark.usefixtures("empty_home")


@pytest.fixture(autouse=True)
def hub(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """A server that replaces the hub, and an environment that is restored afterwards."""
    for name in ("HF_HOME", "HF_MODULES_CACHE", "HF_HUB_OFFLINE"):
        monkeypatch.setenv(name, "")  # so that it is restored
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_ENDPOINT", httpserver.url_for("").rstrip("/"))
    return httpserver


def with_evil_code(name: str, ran: Path) -> dict[str, Any]:
    """A model's options; its files are stored, and each Python file would create ``ran``."""
    options = model_options(name)
    files = load_class(model_yaml(name)["_target_"]).weights_of(options)
    stated = []
    for file, about in zip(files, options["weights"]["files"], strict=True):
        content = malicious_code(ran) if file.name.endswith(".py") else b"{}"
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        stated.append({**about, "size_bytes": len(content), "hash": f"sha256:{digest}"})
    assert any(file.name.endswith(".py") for file in files)
    return {**options, "weights": {**options["weights"], "files": stated}}


def test_every_class_with_remote_code_is_tested() -> None:
    classes = {model_yaml(name)["_target_"] for name in WITH_CODE}
    assert classes >= {"models.birefnet.BiRefNet", "models.rmbg.Rmbg"}
    named = {name for name in MODEL_NAMES if "repository" in model_yaml(name)}
    assert named == {*WITH_CODE}


@pytest.mark.parametrize("trust", [None, False, "true", 1])
@pytest.mark.parametrize("name", WITH_CODE)
def test_code_does_not_run_unasked(
    name: str, trust: object, tmp_path: Path, hub: HTTPServer
) -> None:
    options = with_evil_code(name, tmp_path / "ran")
    given = options if trust is None else {**options, "trust_remote_code": trust}
    with pytest.raises(Unavailable, match=r"add model\.trust_remote_code=true$"):
        load_class(model_yaml(name)["_target_"])(device="cpu", **given)
    assert not (tmp_path / "ran").exists()
    assert hub.log == []


def test_code_runs_when_asked(tmp_path: Path) -> None:
    """So that the tests above would notice."""
    files = repository()
    files["BiRefNet_config.py"] += malicious_code(tmp_path / "ran")
    BiRefNet(device="cpu", **stored(files))
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", WITH_CODE)
def test_fetching_in_advance_runs_no_code(name: str, tmp_path: Path) -> None:
    """As ``make weights`` does."""
    options = with_evil_code(name, tmp_path / "ran")
    for file in load_class(model_yaml(name)["_target_"]).weights_of(options):
        fetch(file)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("form", FORMS)
def test_trusted_code_with_pickled_weights_unpickles_tensors_only(
    form: str, tmp_path: Path
) -> None:
    files = repository()
    del files["model.safetensors"]
    files["pytorch_model.bin"] = malicious(tmp_path / "ran", form)
    with pytest.raises(Unavailable, match="does not load with transformers"):
        BiRefNet(device="cpu", **stored(files))
    assert not (tmp_path / "ran").exists()


def stored(files: dict[str, bytes]) -> dict[str, Any]:
    """The options of a repository with these files, which are stored already, code trusted."""
    about = [
        {"name": n, "size_bytes": len(d), "hash": f"sha256:{hashlib.sha256(d).hexdigest()}"}
        for n, d in files.items()
    ]
    options = {
        "repository": "Someone/Tiny",
        "revision": "0123456789abcdef0123456789abcdef01234567",
        "trust_remote_code": True,
        "size": 48,
        "weights": {"licence": "CC0", "files": about},
    }
    for file, content in zip(BiRefNet.weights_of(options), files.values(), strict=True):
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(content)
    return options
