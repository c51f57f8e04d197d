"""What the tests share: the commands as a user runs them, and small folders of photos."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Pillow
from pytest_httpserver import HTTPServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.gate_bench import Bench
    from tests.support.gemini_server import Google

ROOT = Path(__file__).parent.parent
TOOL_PHOTOS = ROOT.parent / "shared" / "photos" / "tools"
GEMINI_PHOTOS = ROOT.parent / "shared" / "photos" / "tracefinity"

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # tests import ONNX Runtime by themselves too


class Served(HTTPServer):
    """A server of the test's own. It ends at once, where ``HTTPServer`` takes half a second."""

    def __init__(self) -> None:
        super().__init__(threaded=True)

    def thread_target(self) -> None:
        assert self.server
        self.server.serve_forever(poll_interval=0.01)


Command = Callable[..., subprocess.CompletedProcess[str]]


def run_command(
    *arguments: str, project: Path = ROOT, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """``python -m evaluate …`` in a project folder."""
    return subprocess.run(
        [sys.executable, "-m", "evaluate", *arguments],
        cwd=project,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The commands, their reports in the test's own folder, without the page unless asked for."""
    reports = tmp_path / "reports"

    def call(
        *arguments: str, project: Path = ROOT, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        page = [] if any(word.startswith("html=") for word in arguments) else ["html=false"]
        return run_command(*arguments, f"reports={reports}", *page, project=project, env=env)

    return call


def photo(
    width: int = 90, height: int = 120, shift: int = 0
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """A dark tool on light paper (uint8 H×W×3) and its mask (bool): Otsu finds it exactly."""
    mask = np.zeros((height, width), np.uint8)
    top, left = height // 5, width // 3
    cv2.rectangle(mask, (left + shift, top), (2 * left + shift, 4 * top), 1, -1)
    image = np.where(mask[:, :, None] > 0, 40, 220).astype(np.uint8).repeat(3, axis=2)
    return image, mask > 0


def opened(path: Path) -> Pillow.Image:
    """A picture in memory, its file closed."""
    with Pillow.open(path) as picture:
        return picture.copy()


def make_folder(root: Path, names: list[str]) -> Path:
    """``root/images`` and ``root/masks`` with a clean pair for each name."""
    for kind in ("images", "masks"):
        (root / kind).mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        image, mask = photo(shift=i % 20)
        Pillow.fromarray(image).save(root / "images" / f"{name}.png")
        Pillow.fromarray(mask).save(root / "masks" / f"{name}.png")
    return root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three clean pairs: a, b, c."""
    return make_folder(tmp_path / "photos", ["a", "b", "c"])


@pytest.fixture
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A weights folder of the test's own."""
    monkeypatch.setenv("CUTOUTBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("REMBG_HOME", str(tmp_path / "elsewhere"))
    return tmp_path / "home"


def own_model(project: Path, name: str, body: str) -> None:
    """Add a model the documented way: one file, one yaml."""
    (project / "models" / f"{name}.py").write_text(body)
    (project / "conf" / "model" / f"{name}.yaml").write_text(
        f"_target_: models.{name}.Model\nlabel: {name}\nwarmup: 0\n"
    )


@pytest.fixture
def threads() -> Iterator[None]:
    """The threads of PyTorch and OpenCV, as they were before; ultralytics changes them."""
    import torch

    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project that a test may add models to."""
    copy = tmp_path / "project"
    copy.mkdir()
    shutil.copy(ROOT / "pyproject.toml", copy)
    for part in ("conf", "datasets", "evaluate", "models"):
        shutil.copytree(
            ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "sample")
        )
    return copy


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Google]":
    """A server that plays Gemini, its key in the environment, and a folder to put photos into."""
    from tests.support.gemini_server import KEY, Google

    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    with Served() as server:
        yield Google(server, tmp_path / "photos")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> "Bench":
    """Masks of 110 tools and their baseline."""
    from tests.support.gate_bench import Bench

    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """A browser for the page; skips where none is installed."""
    from tests.support.browser import chromium

    with chromium() as opened:
        yield opened


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """An offline page that must ask for nothing but files, and complain of nothing."""
    from tests.support.browser import quiet_page

    with quiet_page(browser) as opened:
        yield opened


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of three models over photos with hostile names."""
    from tests.support.browser import make_report

    return make_report(tmp_path_factory.mktemp("report"))


def read_scores(run: Path) -> dict[str, tuple[str, str]]:
    """``scores.csv`` as id -> (status, iou)."""
    import csv

    with (run / "scores.csv").open(newline="", encoding="utf-8", errors="surrogatepass") as file:
        return {row["id"]: (row["status"], row["iou"]) for row in csv.DictReader(file)}


def lines(run: Path) -> list[str]:
    """A run's predictions.jsonl, a line a photo."""
    path = run / "predictions.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A make target, as from a shell, though the tests themselves may run under make."""
    theirs = ("MAKE", "MFLAGS", "ARGS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def models_of_a_suite(name: str) -> list[str]:
    """What its yaml lists."""
    import yaml

    suite = yaml.safe_load((ROOT / "conf" / "suite" / f"{name}.yaml").read_text())
    listed: str = suite["hydra"]["sweeper"]["params"]["model"]
    return listed.split(",")
