"""Every model in conf/model keeps one contract, with real libraries and real file formats."""

import os
import pkgutil
import re
import shutil
from contextlib import ExitStack
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_httpserver import HTTPServer

from models.segmenter import Unavailable
from models.weights.weight_file import HasWeights, fetch, home
from tests.models.contract import watched
from tests.support.commands import Command
from tests.support.model_yamls import MODEL_NAMES, model_options, model_yaml
from tests.support.photos import make_folder, photo
from tests.support.projects import ROOT

REMOTE = [name for name in MODEL_NAMES if "base_url" in model_yaml(name)]


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_every_yaml_names_class_label_licence_and_extra(name: str) -> None:
    content = model_yaml(name)
    assert callable(pkgutil.resolve_name(content["_target_"]))
    assert content["label"]
    assert content["licence"]
    if extra := content.get("extra"):
        assert (ROOT / "requirements" / f"{extra}.txt").exists()


def by_module() -> dict[str, list[str]]:
    """The names of the models by the module of their class."""
    modules: dict[str, list[str]] = {}
    for name in MODEL_NAMES:
        modules.setdefault(model_yaml(name)["_target_"].split(".")[1], []).append(name)
    return modules


@pytest.mark.parametrize(("module", "names"), by_module().items(), ids=by_module())
def test_every_model_keeps_the_contract(
    module: str, names: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All models of a module, in one process that imports its library once (``contract.py``).

    Odd, tiny, long, blank and huge pictures; equal answers for equal pictures; no output; no
    connection after loading, except to a remote model's server; no files outside the cache folder.
    """
    prepared_name = f"tests.models.prepared.{module}"
    prepared: Any = import_module(prepared_name) if find_spec(prepared_name) else None
    monkeypatch.setenv("CUTOUTBENCH_HOME", str(tmp_path / "home" if prepared else home()))
    models: list[dict[str, Any]] = []
    with ExitStack() as servers:
        for name in names:
            target, options = model_yaml(name)["_target_"], model_options(name)
            build = pkgutil.resolve_name(target)
            if prepared:
                (folder := tmp_path / name).mkdir()
                options = prepared.prepare(options, folder, servers.enter_context(HTTPServer()))
            elif isinstance(build, HasWeights):
                for file in build.weights_of(options):
                    fetch(file)
            arrange = prepared_name if hasattr(prepared, "arrange") else None
            model = {"name": name, "target": target, "options": options, "arrange": arrange}
            # One model of a module gets the huge picture: it takes seconds.
            models.append({**model, "remote": name in REMOTE, "huge": not models})
        done = watched(models, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", REMOTE)
def test_remote_models_without_key_or_server_name_the_remedy(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in os.environ:
        if variable.endswith(("_KEY", "_TOKEN")):
            monkeypatch.delenv(variable)
    options = {**model_options(name), "base_url": "http://127.0.0.1:9"}
    build = pkgutil.resolve_name(model_yaml(name)["_target_"])
    with pytest.raises(Unavailable, match=r"run: \w+ \S+") as raised:
        build(device="auto", **options)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("device", ["cuda", "mps"])
@pytest.mark.parametrize("target", ["otsu:Otsu", "grabcut:GrabCut", "background:Background"])
def test_weight_free_models_run_on_the_cpu_only(device: str, target: str) -> None:
    with pytest.raises(Unavailable, match=f"device={device} is not available"):
        pkgutil.resolve_name(f"models.{target}")(device=device)


def test_weight_free_models_find_a_dark_tool_on_paper() -> None:
    image, mask = photo(300, 400)
    for target in ("otsu:Otsu", "grabcut:GrabCut"):
        alpha = pkgutil.resolve_name(f"models.{target}")(device="cpu").predict(image)
        assert np.mean((alpha >= 128) == mask) > 0.99


def test_real_isnet_finds_tools(command: Command, tmp_path: Path) -> None:
    """imgly's IS-Net on two built-in photos on which a threshold fails."""
    from tests.support.runs import read_scores

    root = tmp_path / "photos"
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True)
        for name in ("crossing-4", "dim-2"):
            (found,) = (ROOT / "datasets" / "sample" / kind).glob(f"{name}.*")
            shutil.copy(found, root / kind)
    for model in ("imgly", "imgly-small", "otsu"):
        command("eval", f"model={model}", "dataset=folder", f"dataset.root={root}")
    runs = tmp_path / "reports" / "photos" / "runs"
    for model in ("imgly", "imgly-small"):
        for name, (status, iou) in read_scores(runs / model).items():
            assert status == "ok"
            assert float(iou) > 0.8 > 2 * float(read_scores(runs / "otsu")[name][1])


def test_one_file_and_one_yaml_make_a_model(
    command: Command, project: Path, tmp_path: Path
) -> None:
    """The README's example, added to an otherwise unchanged copy of the project."""
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
