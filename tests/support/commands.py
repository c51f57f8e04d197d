"""The commands as a user runs them: ``python -m evaluate …`` and ``make …``."""

import atexit
import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from tests.support.command_server import CommandServer
from tests.support.projects import ROOT

TIMEOUT_S = 300

Command = Callable[..., subprocess.CompletedProcess[str]]


@cache
def _server() -> CommandServer:
    """The server of this test process, started by the first command."""
    server = CommandServer()
    atexit.register(server.close)
    return server


def run_command(
    *arguments: str, project: Path = ROOT, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """``python -m evaluate …`` in a project folder."""
    env = {**os.environ, **(env or {})}
    # A fork is sound on Linux alone: frameworks of macOS may not be used after one.
    if sys.platform == "linux" and _server().serves(env):
        try:
            return _server().run(arguments, project, env, TIMEOUT_S)
        except subprocess.TimeoutExpired:
            _server().close()  # it has been killed: the next command starts another
            _server.cache_clear()
            raise
    return subprocess.run(
        [sys.executable, "-m", "evaluate", *arguments],
        cwd=project, env=env, capture_output=True, text=True, timeout=TIMEOUT_S, check=False,
    )  # fmt: skip


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A make target, as from a shell, though the tests themselves may run under make."""
    theirs = ("MAKE", "MFLAGS", "ARGS")
    env = {name: value for name, value in os.environ.items() if not name.startswith(theirs)}
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def shown_on(terminal: int) -> bytes:
    """What is written to a pseudo-terminal until its other side is closed; closes it."""
    shown = b""
    with contextlib.suppress(OSError):  # Linux's way to say that the other side has closed
        while part := os.read(terminal, 1 << 16):
            shown += part
    os.close(terminal)
    return shown
