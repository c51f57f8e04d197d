"""``make doctor`` as a person runs it: on this machine, with planted faults, without packages."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.evaluate.doctor.stubs import (
    GPU,
    put_weights,
    stub_module,
    stub_nvidia_smi,
    stub_package,
    stub_torch,
)
from tests.support.projects import ROOT

GROUPS = ["Machine", "Packages", "Devices", "Files", "Keys", "Self-test"]
SECRET = "sk-0123456789"  # noqa: S105 - of no account


def doctor(
    *arguments: str, python: str = sys.executable, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "evaluate", "doctor", *arguments], cwd=ROOT,
        env={**os.environ, **(env or {})}, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip


def lines_of(done: subprocess.CompletedProcess[str], mark: str) -> list[str]:
    return re.findall(rf"^  {mark} +(.*)$", done.stdout, re.MULTILINE)


def test_a_sound_installation_has_no_problem(tmp_path: Path) -> None:
    put_weights(tmp_path / "home", b"network")
    before = set(tmp_path.rglob("*"))
    env = {"CUTOUTBENCH_HOME": str(tmp_path / "home"), "GOOGLE_API_KEY": SECRET}
    done = doctor(f"reports={tmp_path / 'reports'}", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert re.findall(r"^(?! )(.+)$", done.stdout, re.MULTILINE)[:-1] == GROUPS
    assert re.search(r"^no problems, (no|\d+) warnings?$", done.stdout, re.MULTILINE)
    assert "weight files: 1 intact" in done.stdout
    assert "one photo evaluated with 3 models" in done.stdout
    assert "API keys set: GOOGLE_API_KEY; not set: FAL_KEY" in done.stdout
    assert SECRET not in done.stdout
    assert set(tmp_path.rglob("*")) - before <= {tmp_path / "home" / ".cache.sqlite"}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """The doctor, with many faults at once."""
    folder = tmp_path_factory.mktemp("broken")
    site, programs = folder / "site", folder / "bin"
    reason = "libGL.so.1: cannot open shared object file: No such file or directory"
    stub_module(site, "cv2", f"raise ImportError({reason!r})")
    stub_package(site, "opencv-python", "4.9.0")
    stub_package(site, "pyyaml", "1.0")
    stub_torch(site, "2.15.0+cpu", None)
    stub_nvidia_smi(programs)
    (folder / "file").touch()
    env = {
        "PYTHONPATH": str(site), "PATH": f"{programs}:{os.environ['PATH']}",
        "FAL_KEY": SECRET, "GOOGLE_API_KEY": " ",
    }  # fmt: skip
    return doctor(f"reports={folder / 'file' / 'reports'}", f"weights.mirror={folder}/no", env=env)


@pytest.mark.parametrize(
    ("mark", "text", "remedy"),
    [
        ("problem", r"cv2 cannot be imported \(ImportError: libGL", "install.*headless"),
        ("problem", r"opencv-python 4\.9\.0 and opencv-python-h.* overwrite", "headless only"),
        ("warning", r"versions differ from requirements/: .*pyyaml 1\.0 \(pinned", "clean install"),
        ("ok", f"nvidia-smi: {GPU}", ""),
        ("warning", rf"PyTorch 2\.15\.0\+cpu is a build for the CPU .*{GPU}", "build for CUDA"),
        ("problem", r"reports folder .*cannot be written \(Not a directory\)", "give reports=DIR"),
        ("problem", "weights.mirror=.* is no folder", "give a folder or a URL"),
        ("warning", r"weight files of .* models cannot be listed \(.*libGL", "solve that"),
        ("ok", "API keys set: FAL_KEY; not set: GOOGLE_API_KEY", ""),
        ("warning", "GOOGLE_API_KEY is set but empty", "unset GOOGLE_API_KEY"),
        ("problem", r"self-test: one photo could not be .*libGL", "solve what is named"),
    ],
)  # fmt: skip
def test_each_fault_has_a_line_with_its_remedy(
    broken: subprocess.CompletedProcess[str], mark: str, text: str, remedy: str
) -> None:
    pattern = f"{text}.*; .*{remedy}" if remedy else text
    assert any(re.search(pattern, line) for line in lines_of(broken, mark)), broken.stdout


def test_problems_end_with_2_and_show_no_key(broken: subprocess.CompletedProcess[str]) -> None:
    assert broken.returncode == 2
    assert SECRET not in broken.stdout + broken.stderr
    assert "Traceback" not in broken.stdout + broken.stderr
    count = len(lines_of(broken, "problem"))
    assert broken.stdout.splitlines()[-1].startswith(f"{count} problems, ")


def test_without_any_package_the_doctor_still_runs(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=True)
    done = doctor(f"reports={tmp_path}", python=str(tmp_path / "venv" / "bin" / "python"))
    assert done.returncode == 2
    assert done.stderr == ""
    (missing,) = [line for line in lines_of(done, "problem") if "core packages" in line]
    assert "numpy" in missing
    assert missing.endswith("run: make clean install")
    assert [group for group in GROUPS if f"\n{group}\n" in f"\n{done.stdout}"] == GROUPS


@pytest.mark.parametrize("word", ["model=otsu", "--fast", "reports"])
def test_an_unknown_setting_is_refused(word: str) -> None:
    done = doctor(word)
    assert done.returncode == 2
    assert f"{word}: make doctor takes only reports, weights.mirror" in done.stderr
    assert done.stdout == ""
