"""Networks in a real browser: masks equal the native rows', and nothing is left behind."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_httpserver import HTTPServer

from datasets.arrays import to_mask
from models.browser import chromium
from models.browser.runtime_package import RUNTIME_PACKAGE, runtime_file
from models.imgly import Imgly
from models.imgly_web import ImglyWeb
from models.onnx_web import OnnxWeb
from models.rembg import Rembg
from models.runtime.process_memory import descendants
from models.segmenter import Prediction, Unavailable
from models.weights.weight_file import fetch, home
from tests.models.browser.runtime import STORED, provide_runtime
from tests.models.prepared import imgly_web, rembg
from tests.support.commands import Command
from tests.support.held_model import wait_for
from tests.support.model_yamls import model_options
from tests.support.networks import constant, random_network
from tests.support.photos import make_folder, photo
from tests.support.projects import ROOT
from tests.support.runs import lines

NETWORK = random_network(64)
NEEDS_PROC = "needs /proc to find the browser"


@pytest.fixture
def network(tmp_path: Path, empty_home: Path) -> Path:
    provide_runtime()
    path = tmp_path / "net.onnx"
    path.write_bytes(NETWORK)
    return path


def options(path: Path, **more: Any) -> dict[str, Any]:
    return {**model_options("onnx-web"), "file": str(path), "size": 64, **more}


def iou(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    first, second = to_mask(one), to_mask(other)
    return float((first & second).sum() / (first | second).sum())


def test_imgly_in_the_browser_equals_imgly(
    empty_home: Path, httpserver: HTTPServer, tmp_path: Path
) -> None:
    given = imgly_web.prepare(model_options("imgly-web"), tmp_path, httpserver)
    native = Imgly(device="cpu", bundle=given["bundle"])
    model = ImglyWeb(device="cpu", **given)
    image = np.random.default_rng(0).integers(0, 256, (700, 900, 3), np.uint8)
    answer, expected = model.predict(image), native.predict(image)
    model.close()
    assert np.abs(answer.alpha.astype(int) - expected).max() <= 1
    assert np.ptp(expected) > 100
    seconds = [float(answer.facts[name]) for name in ("network_s", "page_s")]
    assert 0 < seconds[0] < seconds[1]


def test_u2netp_in_the_browser_equals_rembg(
    empty_home: Path, httpserver: HTTPServer, tmp_path: Path
) -> None:
    """On a random network; real weights are compared in docs/browser.md."""
    provide_runtime()
    given = rembg.prepare(model_options("u2netp"), tmp_path, httpserver)
    native = Rembg(device="cpu", **given)
    (path,) = empty_home.rglob("u2netp.onnx")
    web = {key: value for key, value in model_options("u2netp-web").items() if key != "weights"}
    model = OnnxWeb(device="cpu", file=str(path), **web)
    image, _ = photo(600, 450)
    answer, expected = model.predict(image).alpha, native.predict(image)
    model.close()
    alpha = expected.alpha if isinstance(expected, Prediction) else expected
    assert iou(answer, alpha) > 0.999
    assert np.abs(answer.astype(int) - alpha).max() <= 2


def test_a_run_reports_visits_and_memory(command: Command, network: Path, tmp_path: Path) -> None:
    root = make_folder(tmp_path / "photos", ["a", "b"])
    done = command(
        "eval", "model=onnx-web", f"model.file={network}", "model.size=64", "model.label=Mine",
        "dataset=folder", f"dataset.root={root}", "plots=false",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    run = tmp_path / "reports" / "photos" / "runs" / "Mine"
    predictions = [json.loads(line) for line in lines(run)]
    facts = [prediction["facts"] for prediction in predictions]
    assert facts[0]["first_visit_mib"] > 10 > facts[0]["second_visit_mib"] == 0  # from the cache
    assert facts[0]["backend"].startswith("wasm: ")
    if sys.platform == "linux":  # the row's memory is the browser's, and our process's
        assert predictions[1]["peak_rss_bytes"] / 2**20 > facts[1]["browser_memory_mib"] > 50
    assert "Mine: first visit " in (run.parents[1] / "comparison.md").read_text()
    about = json.loads((run / "run.json").read_text())
    assert runtime_file().name in about["sessions"][0]["weights"]


def test_webgpu_names_the_adapter_or_the_remedy(network: Path) -> None:
    try:
        model = OnnxWeb(device="auto", **options(network, backend="webgpu"))
    except Unavailable as error:
        assert "model.backend=webgpu" in str(error)  # noqa: PT017
        return
    facts = model.predict(photo()[0]).facts
    model.close()
    assert str(facts["backend"]).startswith("webgpu: ")
    assert model.device in ("cpu", "webgpu")


def test_what_a_browser_cannot_run_is_refused(network: Path) -> None:
    for more, reason in (
        ({"backend": "webgl"}, "model.backend=webgl: use wasm or webgpu"),
        ({"sha256": "0" * 64}, "download the file again"),
        ({"std": 0}, "must not be 0"),
    ):
        with pytest.raises(Unavailable, match=reason):
            OnnxWeb(device="auto", **options(network, **more))
    with pytest.raises(Unavailable, match="device=cuda is not available"):
        OnnxWeb(device="cuda", **options(network))
    with pytest.raises(Unavailable, match=r"not \[1,3,65,65\]; set model.size"):
        OnnxWeb(device="auto", **options(network, size=65))


def test_nan_outputs_are_an_error(network: Path) -> None:
    network.write_bytes(constant(NETWORK, float("nan")))
    with pytest.raises(Unavailable, match="NaN"):
        OnnxWeb(device="auto", **options(network))


def test_a_missing_browser_names_the_remedy(
    network: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chromium, "COMMANDS", ("no-such-browser",))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    with pytest.raises(Unavailable, match=r"run: .*python -m playwright install chromium"):
        OnnxWeb(device="auto", **options(network))


def test_a_missing_npm_names_the_remedy(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Unavailable, match="npm is not installed"):
        fetch(runtime_file())


def test_a_damaged_package_is_replaced(
    empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """npm is a script that has the package."""
    provide_runtime()
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\n[ "$2" = {RUNTIME_PACKAGE} ] && cp {STORED} "$5"\n')
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    path = runtime_file().path
    with path.open("r+b") as file:
        file.truncate(1000)
    assert fetch(runtime_file()) == path
    assert path.stat().st_size == STORED.stat().st_size


@pytest.mark.skipif(not Path("/proc").is_dir(), reason=NEEDS_PROC)
def test_a_page_that_crashed_is_an_error_of_one_photo(network: Path) -> None:
    model = OnnxWeb(device="auto", **options(network))
    image, _ = photo()
    before = model.predict(image).alpha
    for pid in descendants(os.getpid()):
        if "--type=renderer" in Path(f"/proc/{pid}/cmdline").read_text():
            os.kill(pid, signal.SIGKILL)
    with pytest.raises(RuntimeError, match="often for lack of memory"):
        model.predict(image)
    assert (model.predict(image).alpha == before).all()
    model.close()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason=NEEDS_PROC)
def test_a_killed_process_leaves_no_browser(network: Path) -> None:
    program = (
        "import sys, time, json\nfrom models.onnx_web import OnnxWeb\n"
        "model = OnnxWeb(device='cpu', **json.loads(sys.argv[1]))\nprint('loaded', flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, json.dumps(options(network))],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "loaded\n"
        pids = list(descendants(process.pid))
        assert len(pids) > 2
        command_lines = [Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in pids]
        flag = "--user-data-dir="
        (profile,) = {w for words in command_lines for w in words if w.startswith(flag)}
        process.send_signal(signal.SIGKILL)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))
    assert Path(profile.partition("=")[2]).is_relative_to(home() / "browser" / str(process.pid))
    OnnxWeb(device="auto", **options(network)).close()
    assert not (home() / "browser" / str(process.pid)).exists()
