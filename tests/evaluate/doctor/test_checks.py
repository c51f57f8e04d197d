"""Single checks of ``make doctor``, of what this machine cannot show."""

import io
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from evaluate.doctor import devices, machine
from evaluate.doctor.check_result import CheckResult, Mark, guarded, ok
from evaluate.doctor.disk import check_folder
from evaluate.doctor.packages import check_overwritten, import_failures
from evaluate.doctor.probe import run_program
from evaluate.doctor.progress import Progress
from evaluate.doctor.project_files import pinned_versions
from evaluate.doctor.weights import check_weights
from tests.evaluate.doctor.stubs import (
    GPU,
    put_weights,
    stub_module,
    stub_nvidia_smi,
    stub_package,
    stub_torch,
)


def warnings_of(check: Callable[[], Iterable[CheckResult]]) -> list[str]:
    return [result.line for result in check() if result.mark is not Mark.OK]


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    """Ask nvidia-smi again in each test."""
    devices._nvidia.cache_clear()
    yield
    devices._nvidia.cache_clear()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which this process and those it starts import first."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose programs are found first."""
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return tmp_path / "bin"


def test_a_driver_that_is_too_old_is_told_by_torchs_own_warning(site: Path, programs: Path) -> None:
    told = "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040)."
    stub_torch(site, "2.15.0+cu132", "13.2", told)
    stub_nvidia_smi(programs)
    (line,) = warnings_of(devices.check_torch)
    assert line == (
        f"PyTorch 2.15.0+cu132 for CUDA 13.2 cannot use {GPU} ({told}); update the NVIDIA driver, "
        "or install a build of PyTorch for an older CUDA"
    )


def test_an_onnxruntime_for_the_cpu_is_told_beside_a_gpu(programs: Path) -> None:
    stub_nvidia_smi(programs)
    (line,) = warnings_of(devices.check_onnxruntime)
    assert re.match(rf"ONNX Runtime \S+ does not use {GPU} \(.* has no CUDA\); run: .*-gpu==", line)


def test_a_torch_that_cannot_be_imported_is_a_problem(site: Path) -> None:
    stub_module(site, "torch", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    (line,) = warnings_of(devices.check_torch)
    assert line == "PyTorch cannot be imported (died by SIGSEGV); run: make clean install"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18", "mismatch"),
        ("exit 9", "exit code 9"),
        ("true", "names no GPU"),
    ],
)
def test_a_driver_that_fails_is_named(programs: Path, script: str, reason: str) -> None:
    stub_nvidia_smi(programs, script)
    (line,) = warnings_of(devices.check_nvidia)
    assert reason in line
    assert line.endswith("install the NVIDIA driver again")


def test_both_onnxruntimes_are_a_problem(site: Path) -> None:
    stub_package(site, "onnxruntime-gpu", "1.31.1")
    (line,) = warnings_of(check_overwritten)
    assert "and onnxruntime-gpu 1.31.1 are installed and overwrite each other's onnxruntime" in line


def test_a_module_that_dies_or_hangs_hides_no_other(site: Path) -> None:
    stub_module(site, "dies", "import os; os._exit(7)")
    stub_module(site, "hangs", "import time; print('noise'); time.sleep(1e6)")
    stub_module(site, "leaves", "raise SystemExit(0)")
    found = import_failures(["json", "dies", "leaves", "hangs", "csv", "nope"], timeout_s=15)
    assert found == {
        "dies": "exit code 7",
        "leaves": "SystemExit: 0",
        "hangs": "no end after 15 s",
        "nope": "ModuleNotFoundError: No module named 'nope'",
    }


def test_a_program_that_hangs_is_ended_with_its_children() -> None:
    """The child holds the pipe that is read to its end: if it lived on, this would take 1000 s."""
    ended = run_program(["sh", "-c", "sleep 1000 & echo begun; wait"], 3)
    assert (ended.failure, ended.stdout) == ("no end after 3 s", "begun\n")


def test_an_exception_in_a_check_is_a_result() -> None:
    def check() -> Iterable[CheckResult]:
        yield ok("first")
        raise KeyError("second")

    assert [(result.mark, result.text) for result in guarded("name", check)] == [
        (Mark.OK, "first"),
        (Mark.PROBLEM, "name: cannot be checked (KeyError: 'second')"),
    ]


def test_a_containers_limits_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    (tmp_path / "memory.max").write_text(f"{1 << 30}\n")
    (tmp_path / "memory.current").write_text(f"{3 << 28}\n")
    (tmp_path / "memory.stat").write_text(f"anon 1\ninactive_file {1 << 28}\n")
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    (line,) = warnings_of(machine.check_processor)
    assert line.endswith("the container may only use 0.5 at a time; give threads=1")
    (result,) = machine.check_memory()
    if Path("/proc/meminfo").exists():
        assert result.text == "memory: 1.0 GiB, only 0.5 GiB free"
    else:
        assert result.text == "memory: 1.0 GiB"


def test_a_disk_that_is_nearly_full_is_named(tmp_path: Path) -> None:
    (result,) = check_folder("reports", tmp_path / "new" / "folder", 1e9, "give reports=DIR")
    assert result.mark is Mark.WARNING
    assert result.remedy == "free some space, or give reports=DIR on a larger disk"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "fastsam/FastSAM-s.pt",
            b"netw0rk",
            "its sha256 differs; run: make weights model=fastsam-s",
        ),
        ("rembg/models/u2netp/u2netp.onnx", b"short", "5 bytes instead of 4574861; .*model=u2netp"),
    ],
)
def test_damaged_weights_are_named(
    empty_home: Path, name: str, content: bytes, reason: str
) -> None:
    put_weights(empty_home, b"network")
    path = empty_home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    found = list(check_weights(""))
    (damaged,) = [result.line for result in found if result.mark is Mark.PROBLEM]
    assert re.fullmatch(rf"{re.escape(str(path))}: damaged, {reason}", damaged)
    intact = 0 if "FastSAM" in name else 1
    assert found[-1].text.startswith(f"weight files: {intact} intact, ")


def test_a_mirror_is_counted_or_shown_without_password(empty_home: Path, tmp_path: Path) -> None:
    (tmp_path / "u2netp.onnx").touch()
    *_, folder = check_weights(str(tmp_path))
    assert re.search(r"weights\.mirror: 1 of \d+ files are in", folder.text)
    *_, server = check_weights("https://me:secret@127.0.0.1:9/weights")
    assert server.text == "weights.mirror: https://127.0.0.1:9/weights (not contacted)"


def test_the_bar_is_drawn_on_a_terminal_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    with Progress("hashing", 4 * 10**9) as progress:
        progress.advance(1)
    assert terminal.getvalue() == ""
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    with Progress("hashing", 4 * 10**9) as progress:
        progress.advance(10**9)
    assert terminal.getvalue().startswith("\rhashing [#######....")
    assert "1.0 of 4.0 GB" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_only_what_installed_extras_need_is_pinned() -> None:
    """A fresh environment has a setuptools of its own, which no remedy would change."""
    assert "setuptools" not in pinned_versions([])
    assert {"setuptools", "numpy", "torch"} <= pinned_versions(["torch"]).keys()
