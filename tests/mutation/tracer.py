"""Which lines each test executes: a pytest plugin on Python's own tracing."""

import contextlib
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

Lines = set[tuple[str, int]]


class Tracer:
    """Records the lines under ``folder`` that each passing test executes, and its CPU seconds.

    What a fixture of several tests executes belongs to each test that uses it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = f"{folder}{os.sep}"
        self._root = folder.parent
        self._lines: Lines = set()  # of the test or fixture that runs now
        self._tests: dict[str, Lines] = defaultdict(set)
        self._fixtures: dict[tuple[str, str], Lines] = defaultdict(set)
        self._uses: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._seconds: dict[str, float] = defaultdict(float)
        self._left_out: set[str] = set()

    def found(self) -> dict[str, Any]:
        """By test: seconds, and the lines by file, as a path from the project's root."""
        tests = {}
        for id_ in self._tests.keys() - self._left_out:
            lines = self._tests[id_].union(*(self._fixtures[use] for use in self._uses[id_]))
            files: dict[str, list[int]] = defaultdict(list)
            for file, line in sorted(lines):
                files[str(Path(file).relative_to(self._root))].append(line)
            tests[id_] = {"s": self._seconds[id_], "lines": files}
        return tests

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Iterator[None]:
        definitions = item._fixtureinfo.name2fixturedefs  # type: ignore[attr-defined]
        for name, defined in definitions.items():
            self._uses[item.nodeid] += [(name, one.baseid) for one in defined]
        with self._tracing(item):
            yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        with self._tracing(item):
            yield

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: "pytest.FixtureDef[Any]") -> Iterator[None]:
        if fixturedef.scope == "function":
            yield
            return
        before = self._lines
        self._lines = self._fixtures[fixturedef.argname, fixturedef.baseid]
        yield
        self._lines = before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome != "passed":
            self._left_out.add(report.nodeid)

    @contextlib.contextmanager
    def _tracing(self, item: pytest.Item) -> Iterator[None]:
        self._lines = self._tests[item.nodeid]
        began = time.process_time()  # other programs must not decide which tests are fast enough
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)
            self._seconds[item.nodeid] += time.process_time() - began

    def _trace(self, frame: FrameType, _event: str, _arg: object) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(self._folder):
            return None
        lines = self._lines
        lines.add((file, frame.f_lineno))

        def local(frame: FrameType, event: str, _arg: object) -> Any:
            if event == "line":
                lines.add((file, frame.f_lineno))
            return local

        return local
