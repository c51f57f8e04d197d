"""Run mutants: choose a sample and the tests that cover each, and see whether these fail."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import Queue
from typing import Any

from tests.mutation.sites import Mutant, mutants_of
from tests.support.projects import ROOT
from tests.support.scratch import memory

# By package: the tests that are meant to notice its mutants.
TESTS = {
    "metrics": ("metrics", "score/test_photo_traits.py"),
    "score": ("score",),
    "compare": (
        "compare", "report/test_comparison_json.py", "report/test_columns.py",
        "report/test_findings.py", "report/photos/test_photo_table.py", "predict/test_memory.py",
        "metrics/test_pocket.py",
    ),
    "gate": ("gate",),
}  # fmt: skip
MOST_S = 8.0  # of tests for one mutant: the fastest of those that cover it
SLOWEST_S = 3.0  # slower tests are left out
LEAST_LIMIT_S = 10.0  # within which tests must end, besides four times their seconds
KILLED, LATE, SURVIVED, UNCOVERED = "killed", "timed out", "survived", "without a test"


@dataclass(frozen=True)
class Result:
    """What became of a mutant."""

    mutant: Mutant
    outcome: str
    seconds: float


@dataclass(frozen=True)
class Test:
    """A test that passes: its CPU seconds, and by file the lines that it executes."""

    id: str
    seconds: float
    lines: Mapping[str, frozenset[int]]


class Worker:
    """A process that runs tests in its own copy of the project."""

    def __init__(self, folder: Path, paths: Sequence[str]) -> None:
        self.folder = folder
        unwanted = shutil.ignore_patterns("__pycache__", "render")
        for part in ("conf", "datasets", "evaluate", "models", "tests", "docs"):
            shutil.copytree(ROOT / part, folder / part, ignore=unwanted)
        for part in ("pyproject.toml", "Makefile", "README.md"):
            shutil.copy2(ROOT / part, folder)
        threads = {
            f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS")
        }  # a fork loses others
        self._log = (folder / "log.txt").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutation.worker", f"--basetemp={folder / 'tmp'}", *paths],
            cwd=folder, env={**os.environ, **threads}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip

    def _run(self, limit_s: float, **order: object) -> tuple[str, float]:
        """Give an order; the outcome (passed, failed or late) and the seconds."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            print(json.dumps({**order, "limit_s": limit_s}), file=self._process.stdin, flush=True)
            answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        except (OSError, ValueError) as error:
            raise RuntimeError((self.folder / "log.txt").read_text()) from error
        finally:
            shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        return answer["outcome"], answer["s"]

    def covered(self) -> list[Test]:
        """Run all tests once, unchanged, and see what each executes."""
        trace = self.folder / "trace.json"
        self._run(3600, trace=str(trace))
        return [
            Test(id_, one["s"], {file: frozenset(lines) for file, lines in one["lines"].items()})
            for id_, one in json.loads(trace.read_text()).items()
        ]

    def judge(self, mutant: Mutant, tests: Sequence[Test]) -> Result:
        """Run the tests that cover a mutant, the fastest first, until one fails."""
        found, after_import = covering(mutant, tests)
        chosen = fastest(found)
        if not chosen:
            return Result(mutant, UNCOVERED, 0.0)
        path = self.folder / mutant.path
        kept = path.read_text()
        outcome, seconds = self._run(
            LEAST_LIMIT_S + 4 * sum(test.seconds for test in chosen),
            tests=[test.id for test in chosen],
            path=mutant.path,
            function=mutant.function if after_import else "",
            text=mutant.text,
        )
        path.write_text(kept)
        return Result(
            mutant, {"failed": KILLED, "late": LATE, "passed": SURVIVED}[outcome], seconds
        )

    def close(self) -> None:
        """End the process and wait for it."""
        with self._process, self._log:
            pass


def covering(mutant: Mutant, tests: Sequence[Test]) -> tuple[list[Test], bool]:
    """The tests that execute a mutant's lines, and whether they do so after import.

    What is executed at import alone is covered by every test that executes the file.
    """
    first, last = mutant.lines
    of_file = [test for test in tests if mutant.path in test.lines]
    exact = [t for t in of_file if not t.lines[mutant.path].isdisjoint(range(first, last + 1))]
    return (exact, True) if exact and mutant.function else (of_file, False)


def fastest(tests: Sequence[Test]) -> list[Test]:
    """Tests in the order to run them: by file, the fastest first, up to ``MOST_S`` together."""
    left = [test for test in tests if test.seconds <= SLOWEST_S] or list(tests)
    chosen: list[Test] = []
    total = 0.0
    for test in sorted(left, key=lambda test: test.seconds):
        total += test.seconds
        if total > MOST_S and chosen:
            break
        chosen.append(test)
    files: dict[str, float] = {}
    for test in chosen:
        file = test.id.partition("::")[0]
        files[file] = files.get(file, 0.0) + test.seconds
    return sorted(chosen, key=lambda test: (files[test.id.partition("::")[0]], test.seconds))


def sample_of(package: str, sample: int | None, seed: int) -> tuple[list[Mutant], int]:
    """Mutants of a package, all or a random sample, and how many there are.

    A mutant is drawn by a hash of itself, so that the sample hardly changes with the code.
    """
    every = [
        mutant
        for path in sorted((ROOT / "evaluate" / package).rglob("*.py"))
        for mutant in mutants_of(path.relative_to(ROOT).as_posix(), path.read_text())
    ]
    if sample is None or sample >= len(every):
        return every, len(every)

    def drawn(i: int) -> str:
        one = every[i]
        text = f"{seed} {one.path} {one.function} {one.change}"
        return hashlib.sha256(text.encode()).hexdigest()

    chosen = sorted(sorted(range(len(every)), key=drawn)[:sample])
    return [every[i] for i in chosen], len(every)


def run_package(
    package: str, mutants: Sequence[Mutant], workers: int, tell: Callable[[Result], None]
) -> list[Result]:
    """Judge mutants with several workers; ``tell`` hears of each result."""
    paths = [f"tests/evaluate/{path}" for path in TESTS[package]]
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        free: Queue[Worker] = Queue()
        started = [Worker(Path(folder, str(i)), paths) for i in range(workers)]
        try:
            tests = started[0].covered()
            for worker in started:
                free.put(worker)

            def judged(mutant: Mutant) -> Result:
                worker = free.get()
                try:
                    result = worker.judge(mutant, tests)
                finally:
                    free.put(worker)
                tell(result)
                return result

            with ThreadPoolExecutor(workers) as pool:
                return list(pool.map(judged, mutants))
        finally:
            for worker in started:
                worker.close()
