"""Run ``python -m evaluate …`` many times without importing its libraries each time.

A server process imports the third-party libraries once and forks for each command. The child gets
the command's folder, environment and arguments, with files as its output, and runs the package
as ``python -m`` does: in a copy of the project it imports that copy's modules, and it ends with the
interpreter's exit code. The server has one thread when it forks, waits for every child, and ends
when its standard input closes, which is also what happens when the process that started it dies.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
OURS = ("datasets", "evaluate", "models")
LIBRARIES = (  # which commands import in functions
    "PIL.ImageDraw", "PIL.ImageFont", "ezdxf", "hydra", "platformdirs", "pycocotools.mask",
    "requests", "scipy.ndimage", "scipy.spatial", "shapely", "xml.etree.ElementTree",
)  # fmt: skip
# Read by the interpreter or by libraries as they are imported: a command for which one of these
# differs from the server's needs a process of its own.
READ_AT_START = ("PYTHON", "LANG", "LC_", "LD_", "HOME", "XDG_", "MPL", "OMP_", "OPENBLAS_", "TZ")
SET_LATER = "PYTHONDONTWRITEBYTECODE"  # which Python lets a process set for itself


def _read_at_start(env: dict[str, str]) -> dict[str, str]:
    return {k: v for k, v in env.items() if k.startswith(READ_AT_START) and k != SET_LATER}


class CommandServer:
    """The client's side: starts the server process and asks it for one command at a time."""

    def __init__(self) -> None:
        self._env = dict(os.environ)
        self._output = tempfile.TemporaryDirectory()
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            cwd=ROOT,
            env={**self._env, "OPENBLAS_NUM_THREADS": "1"},  # no threads that a fork would lose
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,  # so that nothing has been read which select does not know of
            start_new_session=True,
        )

    def serves(self, env: dict[str, str]) -> bool:
        """Whether a command in this environment would do the same in a forked process."""
        return _read_at_start(env) == _read_at_start(self._env)

    def run(
        self, arguments: tuple[str, ...], project: Path, env: dict[str, str], timeout_s: float
    ) -> subprocess.CompletedProcess[str]:
        """Run a command and return its exit code and output.

        Raises:
            subprocess.TimeoutExpired: it took longer; server and command have been killed.
        """
        started = self.start(arguments, project, env)
        try:
            return started.wait(timeout_s)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            os.killpg(self._process.pid, signal.SIGKILL)
            raise

    def start(
        self,
        arguments: tuple[str, ...],
        project: Path,
        env: dict[str, str],
        prepare: Path | None = None,
    ) -> "StartedCommand":
        """Start a command, which leads a process group; it must have ended before the next.

        ``prepare`` is a Python file that its process runs before the command.
        """
        assert self._process.stdin
        assert self._process.stdout
        order: dict[str, Any] = {
            "arguments": arguments, "project": str(project), "env": env,
            "prepare": prepare and str(prepare),
            **{name: str(Path(self._output.name, name)) for name in ("stdout", "stderr")},
        }  # fmt: skip
        for name in ("stdout", "stderr"):  # else missing, if it is killed before its first line
            Path(order[name]).touch(exist_ok=False)
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        pid = int(self._process.stdout.readline())
        return StartedCommand(pid, order, self._process.stdout)

    def close(self) -> None:
        """End the server and wait for it."""
        with self._process:  # closes its standard input
            pass
        self._output.cleanup()


class StartedCommand:
    """A command that runs in a child of the server."""

    def __init__(self, pid: int, order: dict[str, Any], told: IO[bytes]) -> None:
        self.pid = pid
        self._order = order
        self._told = told

    def wait(self, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """Wait for its end.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        command = ["python", "-m", "evaluate", *self._order["arguments"]]
        if not select.select([self._told], [], [], timeout_s)[0]:
            raise subprocess.TimeoutExpired(command, timeout_s)
        code = int(self._told.readline())
        stdout, stderr = Path(self._order["stdout"]), Path(self._order["stderr"])
        said = [path.read_text(errors="replace") for path in (stdout, stderr)]
        stdout.unlink()  # a process that is left over must not write into the next command's
        stderr.unlink()
        return subprocess.CompletedProcess(command, code, *said)


_ended: list[int] = []  # the exit code, once the command has called sys.exit


def _skip_teardown() -> None:
    """Leave out what the interpreter does last, freeing every module: 60 ms a command."""
    for code in _ended:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve() -> dict[str, Any] | None:
    """Fork for each order: returns the order in the child, None in the server at the end."""
    atexit.register(_skip_teardown)  # registered first, so called after every other handler
    import evaluate

    ours = (module.name for module in pkgutil.walk_packages(evaluate.__path__, "evaluate."))
    for name in (*ours, *LIBRARIES):
        importlib.import_module(name)
    gc.freeze()  # else the first collection in each child copies every page
    for line in sys.stdin:
        order: dict[str, Any] = json.loads(line)
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            return order
        with contextlib.suppress(OSError):  # whichever of the two is first
            os.setpgid(child, child)
        print(child, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
    return None


def _become(order: dict[str, Any]) -> None:
    """Turn this process into one that was started for the order."""
    opened = [os.open(os.devnull, os.O_RDONLY)]
    opened += [os.open(order[name], os.O_WRONLY) for name in ("stdout", "stderr")]
    for standard, file in enumerate(opened):
        os.dup2(file, standard)
        os.close(file)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["project"])
    sys.path[0] = order["project"]
    sys.argv = ["-m", *order["arguments"]]
    sys.dont_write_bytecode = bool(os.environ.get(SET_LATER))
    elsewhere = Path(order["project"]) != ROOT  # a copy has its own modules
    for name in list(sys.modules):
        if name == "evaluate.__main__" or (elsewhere and name.partition(".")[0] in OURS):
            del sys.modules[name]


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    if (order := _serve()) is not None:
        _become(order)
        if order["prepare"]:
            runpy.run_path(order["prepare"], run_name="__prepare__")
        try:
            runpy.run_module("evaluate", run_name="__main__", alter_sys=True)
        except SystemExit as end:
            _ended.extend([end.code] if isinstance(end.code, int) else [])
            raise
