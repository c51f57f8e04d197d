"""A pytest process that collects tests once and forks for each mutant.

It runs in a copy of the project. Orders come as lines of JSON, and answers go the same way:

    {"tests": [id …], "limit_s": seconds, "path": file, "function": name, "text": its new text}
    {"outcome": "passed" | "failed" | "late", "s": seconds}

In the fork a mutant of a function replaces the function's code, which every importer shares; for
one at the level of a module, the tests are collected again. With ``trace``, a file, instead of a
mutant, all tests run, and the file receives what each executes (``Tracer``).
"""

import contextlib
import json
import os
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from types import CodeType
from typing import Any

import cv2
import pytest
from _pytest.runner import runtestprotocol

from tests.mutation.tracer import Tracer

FAILED, PASSED = 1, 0
OPTIONS = (
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:faulthandler",
    "-p",
    "no:xdist",
    "-o",
    "addopts=",
)
OURS = ("datasets", "evaluate", "models", "tests")


class Loop:
    """Answers orders in place of running the tests that were collected."""

    def __init__(self, orders: Any, answers: Any) -> None:
        self._orders, self._answers = orders, answers

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        for line in self._orders:
            print(json.dumps(_answer(json.loads(line), session)), file=self._answers, flush=True)
        return True


class Chosen:
    """Collects some tests alone, in the given order."""

    def __init__(self, tests: list[str]) -> None:
        self._place = {id_: i for i, id_ in enumerate(tests)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if item.nodeid in self._place]
        items.sort(key=lambda item: self._place[item.nodeid])


class Examples:
    """Properties try the same examples every time."""

    def pytest_sessionstart(self) -> None:
        import hypothesis

        hypothesis.settings.register_profile(
            "mutation", hypothesis.settings(), derandomize=True, database=None
        )
        hypothesis.settings.load_profile("mutation")


def main(paths: list[str]) -> int:
    orders, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")  # pytest takes the usual ones
    os.dup2(2, 1)
    cv2.setNumThreads(1)  # a fork would wait for threads that it lacks
    _without_commands()
    sys.dont_write_bytecode = True  # the next mutant of a file may be as old and as long
    return int(pytest.main([*OPTIONS, *paths], [Loop(orders, answers), Examples()]))


def _without_commands() -> None:
    """Skip tests that run commands: these take seconds, and are other processes."""
    from tests.support import commands

    def skip(*_: object, **__: object) -> Any:
        pytest.skip("runs a command")

    commands.run_command = commands.make = skip


def _answer(order: dict[str, Any], session: pytest.Session) -> dict[str, Any]:
    began = time.monotonic()
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        code = FAILED
        try:
            code = _run(order, session)
        except BaseException:
            traceback.print_exc()
        os.write(tells, bytes([code]))
        os._exit(code)
    os.close(tells)
    late = not select.select([told], [], [], order["limit_s"])[0]
    passed = not late and os.read(told, 1) == bytes([PASSED])
    os.close(told)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)  # also what the tests started
    os.waitpid(child, 0)
    outcome = "late" if late else "passed" if passed else "failed"
    return {"outcome": outcome, "s": time.monotonic() - began}


def _run(order: dict[str, Any], session: pytest.Session) -> int:
    if trace := order.get("trace"):
        tracer = Tracer(Path("evaluate").absolute())
        session.config.pluginmanager.register(tracer)
        _run_items(session.items, stop=False)
        Path(trace).write_text(json.dumps(tracer.found()))
        return PASSED
    if not order["function"] or not _replaced(order):
        return _collected_again(order)
    items = {item.nodeid: item for item in session.items}
    return _run_items([items[id_] for id_ in order["tests"]], stop=True)


def _run_items(items: list[pytest.Item], stop: bool) -> int:
    code = PASSED
    for item, after in zip(items, [*items[1:], None], strict=True):
        reports = runtestprotocol(item, log=False, nextitem=after)
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        if any(report.failed for report in reports):
            code = FAILED
            if stop:
                break
    return code


def _collected_again(order: dict[str, Any]) -> int:
    """Import everything from the files, in which the mutant stands, and run the tests."""
    for name in list(sys.modules):
        if name.partition(".")[0] in OURS:
            del sys.modules[name]
    path = Path(order["path"])
    path.write_text(order["text"])
    _without_commands()
    files = dict.fromkeys(id_.partition("::")[0] for id_ in order["tests"])
    plugins = [Chosen(order["tests"]), Examples()]
    return int(pytest.main(["-x", *OPTIONS, *files], plugins))


def _replaced(order: dict[str, Any]) -> bool:
    """Replace the function's code; False where it is not found as it was written."""
    module = sys.modules[order["path"].removesuffix(".py").replace("/", ".")]
    found: Any = module
    code: CodeType = compile(order["text"], str(Path(order["path"]).absolute()), "exec")
    for name in order["function"].split("."):
        found = vars(found).get(name)
        inner = [c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name]
        if found is None or len(inner) != 1:
            return False
        (code,) = inner
    for attribute in ("fget", "func", "__func__", "__wrapped__"):
        found = getattr(found, attribute, found)
    if not hasattr(found, "__code__") or found.__code__.co_name != code.co_name:
        return False
    found.__code__ = code
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
