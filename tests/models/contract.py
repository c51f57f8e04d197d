"""The contract of every model, in a watched process: ``python -m tests.models.contract``.

Standard input is a JSON list of models: name, target, options; ``huge``, whether to test a huge
picture too; ``arrange``, the module in ``tests.models.prepared`` whose ``arrange()`` is called
first, or null; ``remote``, whether the model asks a server: it is on this machine, and ``predict``
may connect to it. The process starts with an almost empty environment, since libraries read theirs
on import, and with empty folders as its home, its working directory and for temporary files. The
exit code is 0 if every model keeps the contract; otherwise standard error lists the violations.

An audit hook sees what Python code does, also inside libraries: files opened for writing,
connections, processes. C code is checked by the files it leaves in the folders, and by the output
at file descriptor 1.
"""

import ctypes
import json
import math
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from datasets.arrays import as_alpha
from models.segmenter import ELSEWHERE, NoMask, PrecomputedMasks, Prediction, Segmenter, load_class
from tests.support.photos import photo
from tests.support.projects import ROOT

HERE = ("127.0.0.1", "localhost", "::1")
PROCESSES = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")
NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.sendmsg")
EMPTY = ("user", "cwd", "tmp")  # folders in which nothing may be left


def watched(models: list[dict[str, Any]], folder: Path) -> subprocess.CompletedProcess[str]:
    """Check ``models`` in a process of their own; ``folder/home`` has their weights, unless
    ``CUTOUTBENCH_HOME`` is set.
    """
    for name in EMPTY:
        (folder / name).mkdir()
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    env = {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "CUTOUTBENCH_HOME": os.environ.get("CUTOUTBENCH_HOME", str(folder / "home")),
        "HOME": str(folder / "user"),
        "TMPDIR": str(folder / "tmp"),
        "OMP_NUM_THREADS": "1",  # pictures are small, and other tests run at the same time
    }
    env["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, [env.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, "-m", "tests.models.contract"],
        cwd=folder / "cwd", env=env, input=json.dumps(models),
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip


class Watch:
    """Records the violations of this process."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self.predicting = False
        self.remote = False
        self.cwd = Path.cwd()
        homes = ("CUTOUTBENCH_HOME", "TMPDIR")
        self._folders = [Path(os.environ[name]).resolve() for name in homes]
        self._known: set[Path] = set()
        sys.addaudithook(self._see)

    def left(self) -> list[str]:
        """New files in the folders that were empty."""
        folder = self.cwd.parent
        found = {path for name in EMPTY for path in (folder / name).rglob("*") if path.is_file()}
        new, self._known = found - self._known, found
        return [f"leaves {path.relative_to(folder)}" for path in sorted(new)]

    def _see(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and not isinstance(args[0], int) and _writes(*args[1:]):
            path = Path(os.fsdecode(args[0])).resolve()
            if not self._may_write(path):
                self._report(f"writes {path}")
        elif event in NETWORK:
            address = args[0] if event == "socket.getaddrinfo" else args[1]
            host = address[0] if isinstance(address, tuple) else address
            if host not in HERE or (self.predicting and not self.remote):
                self._report(f"opens a connection to {host}")
        elif event in PROCESSES and self.predicting:
            self._report(f"starts a process: {args}")

    def _may_write(self, path: Path) -> bool:
        ours = path.is_relative_to(self.cwd.parent)  # which may lie in /dev/shm
        if (path.parts[1] == "dev" and not ours) or "__pycache__" in path.parts:
            return True
        folders = self._folders[1:] if self.predicting else self._folders
        return any(path.is_relative_to(folder) for folder in folders)

    def _report(self, what: str) -> None:
        self.violations.append(f"{what} {'in predict' if self.predicting else 'while loading'}")
        raise PermissionError(what)  # libraries may catch this, hence the record


def _writes(mode: str | None, flags: int) -> bool:
    if mode is not None:
        return any(letter in mode for letter in "wax+")
    return bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


@cache
def pictures() -> dict[str, npt.NDArray[np.uint8]]:
    """Images (uint8 H×W×3) of sizes and kinds that break models."""
    return {
        "odd": photo(91, 121)[0],
        "1×1": np.full((1, 1, 3), 90, np.uint8),
        "tall": photo(1, 301)[0],
        "wide": photo(301, 1)[0],
        "black": np.zeros((40, 60, 3), np.uint8),
        "huge": photo(6000, 4000)[0],
    }


def problems(model: dict[str, Any], watch: Watch) -> list[str]:
    """The violations of ``model``."""
    watch.predicting, watch.violations = False, []
    watch.remote = model.get("remote", False)
    found: list[str] = []
    segmenter: Any = None
    try:
        if arrange := model.get("arrange"):
            import_module(arrange).arrange()
        segmenter = load_class(model["target"])(device="cpu", **model["options"])
        watch.predicting = True
        if isinstance(segmenter, PrecomputedMasks):
            found += [] if segmenter.recall("nothing") == (None, None) else ["recalls nothing"]
        else:
            with _stdout() as printed:
                found += _broken(segmenter, huge=model.get("huge", False), remote=watch.remote)
            found += [f"prints {text[:80]!r} in predict" for text in printed if text]
    except Exception:  # reported; the next model is checked all the same
        found.append(traceback.format_exc())
    found += watch.violations
    if Path.cwd() != watch.cwd:
        found.append("changes the working directory")
        os.chdir(watch.cwd)
    if close := getattr(segmenter, "close", None):  # a browser's profile lasts as long as it
        close()
    return found + watch.left()


def _broken(segmenter: Segmenter, *, huge: bool, remote: bool) -> Iterator[str]:
    device = ELSEWHERE if remote else "cpu"
    if segmenter.device != device:
        yield f"runs on {segmenter.device} instead of {device}"
    weights = getattr(segmenter, "weights", {})
    if not all(isinstance(text, str) for entry in weights.items() for text in entry):
        yield f"has weights that are not names and hashes: {weights}"
    images = {name: image for name, image in pictures().items() if huge or name != "huge"}
    answers = {}
    for name, image in images.items():
        before = image.copy()
        answers[name] = _alpha(segmenter, image)
        if not np.array_equal(image, before):
            yield f"modifies its input ({name})"
    if all(answer is None for answer in answers.values()):
        yield "has no mask for any picture"
    again = _alpha(segmenter, images["odd"])  # the other images must not affect it
    if not np.array_equal(answers["odd"], again):  # type: ignore[arg-type]
        yield "gives two answers to the same picture"


def _alpha(segmenter: Segmenter, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8] | None:
    """The Alpha (uint8 H×W), None if the model raises NoMask.

    Raises:
        ValueError: the answer is not an Alpha for ``image``, or its facts cannot be stored.
    """
    try:
        answer = segmenter.predict(image)
    except NoMask as error:
        _check_facts(error.facts)
        return None
    if isinstance(answer, Prediction):
        _check_facts(answer.facts)
        answer = answer.alpha
    return as_alpha(answer, image)


def _check_facts(facts: object) -> None:
    plain = json.loads(json.dumps(dict(facts)))  # type: ignore[call-overload]
    for name, value in plain.items():
        finite = isinstance(value, float) and math.isfinite(value)
        if not (finite or isinstance(value, str | int)):
            raise ValueError(f"fact {name}={value!r} is neither text nor a finite number")


@contextmanager
def _stdout() -> Iterator[list[str]]:
    """A list that afterwards holds the output at file descriptor 1: Python's, C's or a child's."""
    texts: list[str] = []
    with tempfile.TemporaryFile() as file:
        _flush()
        os.dup2(file.fileno(), 1)
        try:
            yield texts
        finally:
            _flush()
            os.dup2(2, 1)
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))


def _flush() -> None:
    sys.stdout.flush()
    ctypes.CDLL(None).fflush(None)


def main() -> int:
    """Check the models on standard input."""
    os.dup2(2, 1)  # as in evaluate.predict.worker: a library may print while it loads
    watch = Watch()
    code = 0
    for model in json.load(sys.stdin):
        for problem in problems(model, watch):
            print(f"{model['name']}: {problem}", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
