"""The bench: figures for a wrapper and its library, and when they say that a bar is met."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from models.segmenter import load_class
from tests.support.model_yamls import MODEL_NAMES, model_options, model_yaml
from tests.support.networks import NETWORK
from tests.support.photos import photo
from tests.support.projects import ROOT
from tests.tools.bench import clocked, verdict

LIBRARIES = sorted(path.stem for path in (ROOT / "tests" / "tools" / "bare").glob("[!_]*.py"))


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.tools.bench", "--rounds", "7", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_it_measures_a_network(tmp_path: Path) -> None:
    network = tmp_path / "network.onnx"
    network.write_bytes(NETWORK)
    own = ("model=onnx", f"model.file={network}", "model.label=Mine", "model.size=64")
    done = bench("--megapixels", "0.02", *own, "threads=1")
    size, first, figures, stages = done.stdout.splitlines()
    assert size == "172×115, threads: 1, rounds: 7"
    assert first.startswith("Mine on cpu, around session.run; ")
    found = re.fullmatch(
        r"  within \d+\.\d{3} s, around \d+\.\d{3} s, "
        r"overhead [+-][\d.]+% \([+-][\d.]+% to [+-][\d.]+%\): (under|over|about) 2%.*",
        figures,
    )
    assert found
    assert done.returncode == {"under": 0, "over": 1, "about": 2}[found[1]]
    assert len(re.findall(r"\d\.\d{3} s", stages)) == 3


def test_without_weights_it_measures_with_random_ones() -> None:
    done = bench("--random", "--megapixels", "0.02", "--rounds", "2", "model=imgly", "threads=1")
    assert re.search(r"^  within .* overhead ", done.stdout, re.MULTILINE), done.stderr
    assert "cannot" not in done.stdout


@pytest.mark.parametrize(
    ("overheads", "line"),
    [
        ([0.01] * 7, "overhead +1.0% (+1.0% to +1.0%): under 2%"),
        ([0.05] * 7, "overhead +5.0% (+5.0% to +5.0%): over 2%"),
        ([-0.2, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.5], "(+1.0% to +1.0%): under 2%"),
        ([0.0, 0.0, 0.0, 0.01, 0.05, 0.05, 0.05], "(+0.0% to +5.0%): about 2%; use a quiet"),
        ([0.01, 0.03], "overhead +2.0% (+1.0% to +3.0%): about 2%"),
    ],
)
def test_the_interval_decides(overheads: list[float], line: str) -> None:
    where, text = verdict(overheads)
    assert line in text
    assert f": {where} 2%" in text


def test_what_cannot_run_is_said(tmp_path: Path) -> None:
    done = bench("--megapixels", "0.01", "model=onnx", f"model.file={tmp_path}/none.onnx")
    assert done.returncode == 2
    assert f"ONNX: model.file={tmp_path}/none.onnx: No such file" in done.stdout


@pytest.mark.filterwarnings("ignore")  # the libraries' own, as they are imported
@pytest.mark.parametrize("name", LIBRARIES)
def test_the_librarys_call_is_found_in_its_wrapper(
    name: str, httpserver: HTTPServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUTOUTBENCH_HOME", str(tmp_path / "home"))
    library = import_module(f"tests.tools.bare.{name}").library
    model = next(m for m in MODEL_NAMES if model_yaml(m)["_target_"].startswith(f"models.{name}."))
    prepared = import_module(f"tests.models.prepared.{name}")
    options = prepared.prepare(model_options(model), tmp_path, httpserver)
    segmenter = load_class(model_yaml(model)["_target_"])(device="cpu", **options)
    inside = clocked(segmenter, *library(segmenter))
    segmenter.predict(photo()[0])
    assert len(inside) == (2 if name == "withoutbg" else 1)  # a router and the network it chose
    assert min(inside) > 0
    assert library.__doc__
