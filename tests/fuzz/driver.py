"""Feeds a target in a process of its own, so that a crash or a hang is a finding and not the end.

The parent sees in a file what the process is at: a count, and the input. Findings are lines of
JSON; of equal ones (the same error at the same place) only the first is told.
"""

import ctypes
import json
import logging
import mmap
import os
import resource
import signal
import struct
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

import cv2

from evaluate.predict.keeper import PR_SET_PDEATHSIG
from tests.fuzz.inputs import LARGEST, made_input, random_of
from tests.fuzz.target import Ready
from tests.fuzz.targets.every import target_named

MEMORY_BYTES = 12 << 30
_HEAD = struct.Struct("<QI")  # inputs that are done, and the length of the present one


class Progress:
    """The file that says what a process is at."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_HEAD.size + LARGEST))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def begin(self, done: int, data: bytes) -> None:
        """Note the next input, ``done`` having been tried before."""
        self._map[_HEAD.size : _HEAD.size + len(data)] = data
        self._map[: _HEAD.size] = _HEAD.pack(done, len(data))

    @property
    def done(self) -> int:
        """How many inputs have been tried before the present one."""
        return int(_HEAD.unpack(self._map[: _HEAD.size])[0])

    @property
    def input(self) -> bytes:
        """The present input."""
        length = int(_HEAD.unpack(self._map[: _HEAD.size])[1])
        return self._map[_HEAD.size : _HEAD.size + length]


class Driver:
    """Tries inputs, counts them, and writes findings and at the end a summary to ``folder``."""

    def __init__(self, name: str, folder: Path, done: int = 0) -> None:
        quiet()
        scratch = folder / "scratch"
        scratch.mkdir(exist_ok=True)
        target = target_named(name)
        self._longest_s = target.longest_s
        self.ready: Ready = target.prepare(scratch)
        self.done = done
        self._folder, self._progress = folder, Progress(folder / "progress")
        self._seen: set[str] = set()
        self._slowest_s, self._started = 0.0, time.monotonic()

    def attempt(self, data: bytes) -> None:
        """Try one input."""
        data = data[:LARGEST]
        self._progress.begin(self.done, data)
        before = time.process_time()
        try:
            self.ready.check(data)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            self._tell(f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}", data)
        spent = time.process_time() - before
        if spent > self._longest_s:  # once more: the system's own work is counted too
            with suppress(Exception):
                before = time.process_time()
                self.ready.check(data)
            spent = min(spent, time.process_time() - before)
        self._slowest_s = max(self._slowest_s, spent)
        if spent > self._longest_s:
            self._tell(f"more than {self._longest_s:g} s", data)
        self.done += 1

    def finish(self) -> None:
        """Write the summary."""
        summary = {
            "done": self.done,
            "seconds": time.monotonic() - self._started,
            "slowest_s": self._slowest_s,
        }
        with (self._folder / "summary.jsonl").open("a", encoding="ascii") as file:
            file.write(json.dumps(summary) + "\n")

    def _tell(self, what: str, data: bytes) -> None:
        if what in self._seen:
            return
        self._seen.add(what)
        told: dict[str, Any] = {"what": what, "input": data.hex(), "text": traceback.format_exc()}
        with (self._folder / "findings.jsonl").open("a", encoding="ascii") as file:
            file.write(json.dumps(told) + "\n")


def quiet() -> None:
    """No output of our own or of libraries, bounded memory, and one thread."""
    logging.disable()
    cv2.setNumThreads(1)
    limit = resource.getrlimit(resource.RLIMIT_AS)[1]
    most = MEMORY_BYTES if limit == resource.RLIM_INFINITY else min(MEMORY_BYTES, limit)
    resource.setrlimit(resource.RLIMIT_AS, (most, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["TQDM_DISABLE"] = "1"
    if sys.platform == "linux":  # a hung input must not outlive the command
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def main(name: str, folder: str, seed: str, first: str, last: str) -> None:
    """Try the inputs from ``first`` to ``last``, the latter excluded."""
    driver = Driver(name, Path(folder), int(first))
    corpus = driver.ready.corpus
    for number in range(int(first), int(last)):
        good = number < len(corpus)
        driver.attempt(
            corpus[number] if good else made_input(corpus, random_of(int(seed), name, number))
        )
    driver.finish()


if __name__ == "__main__":
    main(*sys.argv[1:])
