"""A fault inside a process: a signal, an error, a limit or a wrong clock, at a chosen write.

It needs no code of the product. The command server runs this file before a command; a copy of it
called ``sitecustomize.py``, on PYTHONPATH, is run by every Python process as it starts. It does
nothing unless the variable FAULT holds an order (JSON):

    inside   folder: only writes to files in it count as points
    fired    file that is created once the fault has happened; it happens once
    log      file that receives a line for each point: role, pid, before or after, call
    role     command, keeper or model: the process that counts its points
    at       number of the point, from 1; 0: as the process starts
    signal   signal to send at the point, to ``target``: self, group, keeper, model or parent
    error    errno that the next call after the point raises instead of writing, if it is one of
             ``calls``; with ``stays``, every later one too
    removes  file or folder that is removed at the point
    copies   [from, to] of files that are replaced at the point
    clock_s  seconds by which the clock jumps at the point
    limits   resource limits by name (NOFILE, FSIZE, AS) at the point; ``dies``: the signal of a
             file that grows too large kills, so a write ends in its middle

A point is the moment before or after a call that changes files, or before a process is started or
the cache is opened.
"""

import builtins
import contextlib
import datetime
import importlib
import io
import json
import os
import resource
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

CALLS = (
    "replace", "rename", "fsync", "write", "ftruncate", "unlink", "remove", "rmdir", "mkdir",
    "chmod", "utime",
)  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
AUDITED = ("subprocess.Popen", "sqlite3.connect")


class Injection:
    """The order, and the points that this process has passed."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.order = order
        self.role = _role()
        self.points = 0
        self.failing = False
        self._own = threading.local()  # whether this thread is at a point already

    def install(self) -> None:
        """Wrap what writes."""
        for name in CALLS:
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        os.open = self._opening(os.open, lambda flags: bool(flags & WRITING))
        opened = self._opening(io.open, lambda mode: bool({*"wax+"} & {*mode}))
        io.open = builtins.open = opened
        sys.addaudithook(self._audit)
        os.register_at_fork(after_in_child=self._after_fork)
        if self.order.get("role") == self.role and self.order.get("at") == 0:
            self._fire()

    def _after_fork(self) -> None:
        if self.role == "keeper":  # its one fork becomes the model's process
            self.role, self.points = "model", 0

    def _audit(self, event: str, _: Any) -> None:
        if event in AUDITED:
            self._point("before", event)

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            folder = kwargs.get("dir_fd")
            if not self._counts(args[0] if folder is None else folder):
                return call(*args, **kwargs)
            self._point("before", name)
            result = call(*args, **kwargs)
            self._point("after", name)
            return result

        for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if call in able:  # else shutil would remove folders in another way
                able.add(wrapper)
        return wrapper

    def _opening(
        self, call: Callable[..., Any], writes: Callable[[Any], bool]
    ) -> Callable[..., Any]:
        def wrapper(path: Any, how: Any = "r", *args: Any, **kwargs: Any) -> Any:
            how = kwargs.pop("mode", kwargs.pop("flags", how))
            if not writes(how) or not self._counts(path):
                return call(path, how, *args, **kwargs)
            self._point("before", "open")
            result = call(path, how, *args, **kwargs)
            self._point("after", "open")
            return result

        return wrapper

    def _counts(self, place: Any) -> bool:
        if getattr(self._own, "inside", False):
            return False
        if isinstance(place, int):
            try:
                place = str(Path(f"/proc/self/fd/{place}").readlink())
            except OSError:
                return False
        return str(Path(os.fsdecode(place)).absolute()).startswith(self.order["inside"])

    def _point(self, when: str, call: str) -> None:
        if getattr(self._own, "inside", False):
            return
        self._own.inside = True
        try:
            self.points += 1
            if log := self.order.get("log"):
                with open(log, "a") as file:  # noqa: PTH123
                    file.write(f"{self.role} {os.getpid()} {when} {call}\n")
            if self.order.get("role") == self.role and self.order.get("at") == self.points:
                self._fire()
        finally:
            self._own.inside = False
        if self.failing and when == "before" and call in self.order["calls"]:
            self.failing = bool(self.order.get("stays"))
            raise OSError(self.order["error"], os.strerror(self.order["error"]))

    def _fire(self) -> None:
        try:
            os.close(os.open(self.order["fired"], os.O_CREAT | os.O_EXCL | os.O_WRONLY))
        except FileExistsError:
            return
        for name, limit in self.order.get("limits", {}).items():
            kind = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(kind, (limit, resource.getrlimit(kind)[1]))
        if self.order.get("dies"):
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        for path in self.order.get("removes", ()):
            shutil.rmtree(path) if Path(path).is_dir() else Path(path).unlink()
        for source, target in self.order.get("copies", ()):
            shutil.copy2(source, f"{target}.changing")
            Path(f"{target}.changing").replace(target)
        if clock_s := self.order.get("clock_s"):
            _shift_clock(clock_s)
        self.failing = "error" in self.order
        if number := self.order.get("signal"):
            self._send(number)

    def _send(self, number: int) -> None:
        target = self.order.get("target", "self")
        if target == "self":
            os.kill(os.getpid(), number)
        elif target == "group":
            os.killpg(0, number)
        elif target == "parent":
            os.kill(os.getppid(), number)
        else:
            with contextlib.suppress(IndexError, OSError):  # it has not started, or has ended
                keeper = _children(os.getpid())[0]
                os.kill(keeper if target == "keeper" else _children(keeper)[0], number)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _role() -> str:
    if "evaluate.predict.keeper" in sys.orig_argv:
        return "keeper"
    forked = any(word.endswith("command_server.py") for word in sys.orig_argv)
    return "command" if forked or "evaluate" in sys.orig_argv else "other"


def _shift_clock(seconds: float) -> None:
    """Move what Python code sees of the wall clock."""
    # C code that expects datetime's own class when it loads, which pyarrow does late for pandas.
    for package in ("pandas", "pyarrow.parquet"):
        importlib.import_module(package)

    real, real_ns, was = time.time, time.time_ns, datetime.datetime

    class Shifted(was):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: Any = None) -> datetime.datetime:
            return was.now(tz) + datetime.timedelta(seconds=seconds)

    time.time = lambda: real() + seconds
    time.time_ns = lambda: real_ns() + int(seconds * 1e9)
    datetime.datetime = Shifted  # type: ignore[misc]


if "FAULT" in os.environ:
    Injection(json.loads(os.environ["FAULT"])).install()
