"""The bench: figures for a wrapper and its bare call, and when they say that a bar is met."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from pytest_httpserver import HTTPServer

from models.rembg import Rembg
from tests.bare.rembg import bare
from tests.bench import verdict
from tests.conftest import ROOT, photo
from tests.networks import NETWORK
from tests.prepared.rembg import prepare


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", "--rounds", "7", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_it_measures_a_network(tmp_path: Path) -> None:
    network = tmp_path / "network.onnx"
    network.write_bytes(NETWORK)
    own = ("model=onnx", f"model.file={network}", "model.label=Mine", "model.size=64")
    done = bench("--megapixels", "0.02", *own, "threads=1")
    size, first, figures, stages = done.stdout.splitlines()
    assert size == "172×115, threads: 1, rounds: 7"
    assert first.startswith("Mine on cpu, against ``session.run``")
    found = re.fullmatch(
        r"  bare \d+\.\d{3} s, wrapped \d+\.\d{3} s, "
        r"overhead [+-][\d.]+% \([+-][\d.]+% to [+-][\d.]+%\): (under|over|about) 2%.*",
        figures,
    )
    assert found
    assert done.returncode == {"under": 0, "over": 1, "about": 2}[found[1]]
    assert len(re.findall(r"\d\.\d{3} s", stages)) == 3


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


def test_every_bare_call_is_a_models() -> None:
    for path in (ROOT / "tests" / "bare").glob("[!_]*.py"):
        assert (ROOT / "models" / path.name).is_file()
        assert import_module(f"tests.bare.{path.stem}").bare.__doc__


def test_rembgs_bare_call_gives_what_its_wrapper_gives(
    empty_home: Path, tmp_path: Path, httpserver: HTTPServer
) -> None:
    options = prepare({"session": "u2netp", "source": "release"}, tmp_path, httpserver)
    segmenter, (image, _) = Rembg(device="cpu", **options), photo()
    assert np.array_equal(bare(segmenter, image)(), segmenter.predict(image))  # type: ignore[arg-type]
