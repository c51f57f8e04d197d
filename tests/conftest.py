"""The fixtures that tests share; what needs no fixture is in tests/support."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest
from hypothesis import HealthCheck, settings

from tests.support.commands import Command, run_command
from tests.support.photos import make_folder
from tests.support.projects import ROOT, copy_project
from tests.support.scratch import use_memory
from tests.support.servers.served import Served
from tests.support.skips import pytest_sessionfinish, pytest_terminal_summary

__all__ = ["pytest_sessionfinish", "pytest_terminal_summary"]  # hooks, which pytest looks for here

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.support.gate_bench import Bench
    from tests.support.servers.gemini_server import Google

# No time limit for an example of a property: a slow machine must not fail a test.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")
use_memory()
if "PYTEST_XDIST_WORKER" in os.environ:  # each process has a core; else PyTorch takes all of them
    os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # tests import ONNX Runtime by themselves too
# Under nohup, or in a shell's background, every command would inherit these ignored.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """The commands, with reports in the test's own folder: page and plots only where asked for."""
    reports = tmp_path / "reports"

    def call(
        *arguments: str, project: Path = ROOT, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        given = {word.partition("=")[0] for word in arguments}
        quiet = [f"{name}=false" for name in ("html", "plots") if name not in given]
        return run_command(*arguments, f"reports={reports}", *quiet, project=project, env=env)

    return call


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


@pytest.fixture
def threads() -> Iterator[None]:
    """The threads of PyTorch and OpenCV, as they were before; ultralytics changes them."""
    import torch

    before = torch.get_num_threads(), cv2.getNumThreads()
    yield
    torch.set_num_threads(before[0])
    cv2.setNumThreads(before[1])


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the project that a test may add models to."""
    # A module that a test rewrites within a second, to the same size, would be read from its .pyc.
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return copy_project(tmp_path / "project")


@pytest.fixture
def google(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Google]":
    """A server that plays Gemini, its key in the environment, and a folder to put photos into."""
    from tests.support.servers.gemini_server import KEY, Google

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
