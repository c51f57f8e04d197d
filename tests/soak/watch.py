"""Runs a command and samples its processes from outside, through /proc, until it has ended."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluate.store.identity import ROOT

EVERY_S = 0.05
BAR_EVERY_S = 0.01  # between two of a progress bar's updates
TICKS = os.sysconf("SC_CLK_TCK")
WORKER = "evaluate.predict.keeper"


@dataclass(frozen=True)
class Sample:
    """What a command's processes had at a moment: the parent, and the worker with the model.

    ``done``         photos that the progress bar showed
    ``cpu_s``        processor seconds of both since they started
    ``yardstick_s``  processor seconds of a fixed computation: a busy machine slows it down too
    ``rss_bytes``    resident memory of parent and worker; None: there is none
    ``descriptors``  open ones of parent and worker
    """

    done: int
    cpu_s: float
    yardstick_s: float
    rss_bytes: tuple[int, int | None]
    descriptors: tuple[int, int | None]


def watch(command: Sequence[str], bar: str) -> list[Sample]:
    """Run ``python -m evaluate`` with ``command``; returns its samples.

    Only those from while its progress bar named ``bar`` counted on are kept.

    Raises:
        SystemExit: the command failed.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "evaluate", *command],
        cwd=ROOT, env={**os.environ, "TQDM_MININTERVAL": str(BAR_EVERY_S)},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, bufsize=0,
    )  # fmt: skip
    counts = re.compile(rb"%s: +\d+%%\|[^|]*\| (\d+)/(\d+) \[" % re.escape(bar).encode())
    told = bytearray()
    reader = threading.Thread(target=_read, args=(process, told), daemon=True)
    reader.start()
    found: list[Sample] = []
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(EVERY_S)
            break
        shown = counts.findall(bytes(told))
        if not shown or not 0 < (done := int(shown[-1][0])) < int(shown[-1][1]):
            continue
        if found and done == found[-1].done:  # after the last photo, it is other work
            continue
        sample = _sample(process.pid, done)
        found += [sample] if sample is not None else []
    reader.join()
    assert process.stderr is not None
    process.stderr.close()
    if process.returncode:
        printed = told.decode(errors="replace")
        raise SystemExit(f"exit code {process.returncode}: {' '.join(command)}\n{printed}")
    return found


def _read(process: "subprocess.Popen[bytes]", told: bytearray) -> None:
    assert process.stderr is not None
    while part := process.stderr.read(4096):
        told += part
        del told[:-4096]


def _sample(parent: int, done: int) -> Sample | None:
    worker = _worker(parent)
    try:
        of_parent = _facts(parent)
    except (OSError, IndexError):  # it has just ended
        return None
    of_worker: tuple[float, int | None, int | None] = (0.0, None, None)
    if worker is not None:
        with contextlib.suppress(OSError, IndexError):
            of_worker = _facts(worker)
    return Sample(
        done,
        of_parent[0] + of_worker[0],
        _yardstick_s(),
        (of_parent[1], of_worker[1]),
        (of_parent[2], of_worker[2]),
    )


def _yardstick_s() -> float:
    start = time.thread_time()
    sum(number * number for number in range(10_000))
    return time.thread_time() - start


def _facts(pid: int) -> tuple[float, int, int]:
    """Processor seconds, resident bytes and open descriptors of a process."""
    place = Path(f"/proc/{pid}")
    fields = (place / "stat").read_text("ascii").rpartition(") ")[2].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / TICKS
    pages = int((place / "statm").read_text("ascii").split()[1])
    return cpu_s, pages * os.sysconf("SC_PAGE_SIZE"), sum(1 for _ in (place / "fd").iterdir())


def _worker(parent: int) -> int | None:
    """The process with the model: the child of a keeper, which is the parent's child."""
    for keeper in _children(parent):
        with contextlib.suppress(OSError):
            if WORKER.encode() in Path(f"/proc/{keeper}/cmdline").read_bytes():
                return next(iter(_children(keeper)), None)
    return None


def _children(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in path.read_text("ascii").split()]
    return found
