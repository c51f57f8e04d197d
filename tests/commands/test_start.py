"""From the first line of the process on, exit code 1 means a verdict and nothing else."""

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.support.commands import Command, shown_on
from tests.support.photos import make_folder
from tests.support.projects import ROOT
from tests.support.runs import read_scores

RUN = (sys.executable, "-m", "evaluate")


def gate(project: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, "gate", "model=otsu"], cwd=project, env={**os.environ, **env},
        capture_output=True, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip


@pytest.mark.parametrize("package", ["hydra", "omegaconf", "numpy"])
@pytest.mark.parametrize(
    "fault", ["raise ImportError('libGL.so.1 is missing')", "1/0", "import no"]
)
def test_a_broken_package_is_no_verdict(tmp_path: Path, package: str, fault: str) -> None:
    (tmp_path / f"{package}.py").write_text(fault, encoding="utf-8")
    done = gate(PYTHONPATH=str(tmp_path))
    assert done.returncode == 2, done.stderr
    assert done.stderr


@pytest.mark.parametrize(
    "module",
    ["commands/__init__", "commands/exit_codes", "commands/gate", "display/streams", "errors"],
)
@pytest.mark.parametrize("fault", ["def", "raise SystemExit(1)"])
def test_a_broken_module_of_ours_is_no_verdict(project: Path, module: str, fault: str) -> None:
    (project / "evaluate" / f"{module}.py").write_text(fault, encoding="utf-8")
    assert gate(project).returncode == 2


def test_what_cannot_be_imported_is_named(tmp_path: Path) -> None:
    (tmp_path / "hydra.py").write_text("import gone_with_the_wind", encoding="utf-8")
    done = gate(PYTHONPATH=str(tmp_path))
    assert "cannot start: No module named 'gone_with_the_wind'; install again" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "nowhere.ISO-8859-1", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1:strict"},
        {"PYTHONIOENCODING": "cp1252"},
    ],
)
def test_no_locale_changes_what_is_stored(
    command: Command, tmp_path: Path, env: dict[str, str]
) -> None:
    root = make_folder(tmp_path / "fotos", ["schlüssel 扳手", "b"])
    (root / "metadata.csv").write_text("id,licht\nschlüssel 扳手,trüb\n", encoding="utf-8")
    own = ("model=otsu", "dataset=folder", f"dataset.root={root}")
    assert command("eval", *own).returncode == 0
    assert command("baseline", *own).returncode == 0
    for words in (("eval", *own), ("gate", *own), ("compare", *own[1:])):
        arguments = [*RUN, *words, f"reports={tmp_path / 'reports'}", "html=false"]
        done = subprocess.run(
            arguments, cwd=ROOT, env={**os.environ, **env}, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr
    scores = read_scores(tmp_path / "reports/fotos/runs/otsu")
    assert scores == {"schlüssel 扳手": ("ok", "1.0"), "b": ("ok", "1.0")}


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (24, 10)])
@pytest.mark.parametrize("term", ["dumb", ""])
def test_no_terminal_is_too_small(tmp_path: Path, size: tuple[int, int], term: str) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    arguments = ["eval", "model=otsu", "limit=2", "html=false", f"reports={tmp_path}"]
    process = subprocess.Popen(
        [*RUN, *arguments], cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": term},
    )  # fmt: skip
    os.close(theirs)
    output = shown_on(ours)
    assert process.wait() == 0, output
    assert b"Traceback" not in output


@pytest.mark.parametrize("shell", [">&-", "2>&-", ">&- 2>&-", "| true", "2>&1 >/dev/null | true"])
@pytest.mark.parametrize(("words", "code"), [("gate model=otsu", 2), ("help", 0), ("weights", 0)])
def test_closed_streams_change_no_exit_code(
    tmp_path: Path, words: str, code: int, shell: str
) -> None:
    line = f"{sys.executable} -m evaluate {words} {'reports=' + str(tmp_path) if code else ''}"
    script = f"set -o pipefail; {line} {shell}"
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == code
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_an_interrupted_start_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "hydra.py").write_text(
        "import signal; print('here', flush=True); signal.pause()", encoding="utf-8"
    )
    process = subprocess.Popen(
        [*RUN, "gate", "model=otsu"], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert process.returncode == 130
    assert errors == "interrupted; the same command continues\n"


@pytest.mark.parametrize("package", ["hydra", "numpy", "omegaconf"])
@pytest.mark.parametrize(
    "becomes",
    ["raise", "raise ImportError('numpy: C extensions failed')", "1/0", "raise SystemExit(1)"],
)
def test_an_interrupted_import_is_an_interrupt_whatever_it_raises(
    tmp_path: Path, package: str, becomes: str
) -> None:
    (tmp_path / f"{package}.py").write_text(
        "import signal\ntry: signal.raise_signal(signal.SIGINT)\n"
        f"except KeyboardInterrupt:\n    {becomes}\n", encoding="utf-8"
    )  # fmt: skip
    done = gate(PYTHONPATH=str(tmp_path))
    assert done.returncode == 130, done.stderr
    assert done.stderr.startswith("interrupted; ")
    assert done.stderr.endswith("the same command continues\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_other_signals_while_importing(tmp_path: Path, name: str) -> None:
    (tmp_path / "hydra.py").write_text(
        f"import signal; signal.raise_signal(signal.{name})", encoding="utf-8"
    )
    done = gate(PYTHONPATH=str(tmp_path))
    assert done.returncode == 128 + signal.Signals[name]
    assert done.stderr == f"ended by {name}; the same command continues\n"
