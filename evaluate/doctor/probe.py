"""Run a Python program in a process of its own, with a time limit, whatever happens in it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT_FOLDER = Path(__file__).parents[2]
IMPORTS_S = 180  # a first import of PyTorch from a slow disk takes a minute


@dataclass(frozen=True)
class Ended:
    """How a process ended. ``failure`` is one line, empty after exit code 0."""

    stdout: str
    stderr: str
    failure: str

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The lines of JSON objects that the process printed; it may have died after some."""
        found = []
        for line in self.stdout.splitlines():
            with contextlib.suppress(RecursionError, ValueError):
                if isinstance(answer := json.loads(line), dict):
                    found.append(answer)
        return found


def run_probe(name: str, *arguments: str, timeout_s: float = IMPORTS_S) -> Ended:
    """Run the module ``evaluate.doctor.probes.NAME``."""
    return run_module(f"evaluate.doctor.probes.{name}", arguments, timeout_s)


def run_module(module: str, arguments: Sequence[str], timeout_s: float) -> Ended:
    """``python -m MODULE``; after ``timeout_s`` it is killed, with the processes it started."""
    command = [sys.executable, "-m", module, *arguments]
    # Of the shell's environment nothing changes but this: nothing may be sent anywhere.
    environment = {**os.environ, "ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"}
    return run_program(command, timeout_s, environment)


def run_program(
    command: Sequence[str], timeout_s: float, environment: dict[str, str] | None = None
) -> Ended:
    """Run a program.

    Raises:
        OSError: it cannot be started.
    """
    with subprocess.Popen(
        command, cwd=PROJECT_FOLDER, env=environment, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        encoding="utf-8", errors="replace",
    ) as process:  # fmt: skip
        try:
            stdout, stderr = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _kill(process)
            stdout, stderr = _rest(process)
            return Ended(stdout, stderr, f"no end after {timeout_s:g} s")
        except BaseException:
            _kill(process)
            raise
    return Ended(stdout, stderr, _failure(process.returncode, stderr))


def _kill(process: "subprocess.Popen[str]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _rest(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What a killed process had printed; nothing if another process still holds its pipes."""
    try:
        return process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        return "", ""


def _failure(code: int, stderr: str) -> str:
    if code == 0:
        return ""
    if code < 0:
        names = {s.value: s.name for s in signal.Signals}
        return f"died by {names.get(-code, f'signal {-code}')}"
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1][:300] if lines else f"exit code {code}"
