"""One command with a fault in it: what it said, how it ended, and what of it still runs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from tests.support.command_server import CommandServer
from tests.support.projects import ROOT

INJECTION = Path(__file__).with_name("injection.py")
HANGS_S = 240.0  # a command of a second that takes so long hangs, however busy the machine is
MARK = "FAULT_TRIAL"
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str
    fired: bool  # whether the fault happened
    hung: bool
    left: tuple[int, ...]  # processes of it that did not end

    @property
    def text(self) -> str:
        """All that it said."""
        return self.stdout + self.stderr


class Commands:
    """Starts commands in ``folder``'s reports, each forked from a process with the libraries.

    ``whole``: each is started as a person does, which takes about a second more.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._start = folder / "start"  # on the path of model processes
        self._start.mkdir()
        shutil.copy(INJECTION, self._start / "sitecustomize.py")
        self._servers = [CommandServer()]

    def run(
        self,
        words: tuple[str, ...],
        order: Mapping[str, Any] | None = None,
        *,
        project: Path = ROOT,
        env: Mapping[str, str] | None = None,
        meanwhile: Callable[[int], object] = lambda _: None,
        server: int = 0,
    ) -> Ended:
        """Run a command to its end; ``meanwhile`` gets its process id once it has started."""
        while len(self._servers) <= server:
            self._servers.append(CommandServer())
        mark, given = self._environment(order, env, server)
        started = self._servers[server].start(words, project, given, INJECTION)
        meanwhile(started.pid)
        done, hung = _to_its_end(started)
        return self._ended(mark, done, hung, server)

    def fired(self, server: int = 0) -> Path:
        """The file that is there once the fault of the latest command has happened."""
        return self.folder / f"fired-{server}"

    def run_whole(
        self,
        command: list[str],
        order: Mapping[str, Any] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        meanwhile: Callable[[int], object] = lambda _: None,
    ) -> Ended:
        """Run a program as a person does, in a session of its own."""
        mark, given = self._environment(order, env)
        output = self.folder / "stdout", self.folder / "stderr"
        with output[0].open("w") as stdout, output[1].open("w") as stderr:
            process = subprocess.Popen(
                command, cwd=ROOT, env=given, stdout=stdout, stderr=stderr, start_new_session=True
            )
        meanwhile(process.pid)
        code, hung = _to_its_end(process)
        await_end(mark, HANGS_S if code == -signal.SIGKILL else 0)  # make dies alone
        said = [path.read_text(errors="replace") for path in output]
        return self._ended(mark, subprocess.CompletedProcess(command, code, *said), hung)

    def close(self) -> None:
        """End the servers."""
        for server in self._servers:
            server.close()

    def _environment(
        self, order: Mapping[str, Any] | None, env: Mapping[str, str] | None, server: int = 0
    ) -> tuple[str, dict[str, str]]:
        self.fired(server).unlink(missing_ok=True)
        mark = uuid.uuid4().hex
        given = {**os.environ, "PYTHONPATH": str(self._start), MARK: mark, **(env or {})}
        given.pop("FAULT", None)
        if order is not None:
            whole = {"inside": str(self.folder / "work"), "fired": str(self.fired(server)), **order}
            given["FAULT"] = json.dumps(whole)
        return mark, given

    def _ended(
        self, mark: str, done: "subprocess.CompletedProcess[str]", hung: bool, server: int = 0
    ) -> Ended:
        left = tuple(await_end(mark, HANGS_S))
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        fired = self.fired(server).exists()
        return Ended(done.returncode, done.stdout, done.stderr, fired, hung, left)


class Waited(Protocol[T_co]):
    """What leads a process group and can be waited for."""

    pid: int

    def wait(self, timeout_s: float, /) -> T_co: ...


def _to_its_end(started: Waited[T_co]) -> tuple[T_co, bool]:
    """What waiting for it gives, and whether it hung and was killed."""
    try:
        return started.wait(HANGS_S), False
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        return started.wait(HANGS_S), True


def await_end(mark: str, limit_s: float) -> list[int]:
    """Wait until no process has this mark in its environment; those that still have it."""
    end = time.monotonic() + limit_s
    while (left := marked(mark)) and time.monotonic() < end:
        time.sleep(0.01)
    return left


def marked(mark: str) -> list[int]:
    """The processes that were started with this mark, but not those that have ended."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if f"{MARK}={mark}".encode() in Path(entry.path, "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def python_command(words: tuple[str, ...]) -> list[str]:
    """A command line without make."""
    return [sys.executable, "-m", "evaluate", *words]


def make_command(words: tuple[str, ...]) -> list[str]:
    """The same with make, which installs nothing."""
    return ["make", "-s", "-o", ".venv/core.done", *words]
