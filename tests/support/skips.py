"""Which tests may be skipped and why, and what makes any other skip a failure under ``CI=true``."""

import os
from collections import Counter
from collections.abc import Generator, Iterable
from fnmatch import fnmatchcase

import pytest

# Which tests (fnmatch of their ids) may be skipped, with how the reason begins.
ALLOWED = (
    ("*/test_audit.py::test_the_hacksaw_*", "the real photos are not in git"),
    ("*/test_tracefinity.py::test_*", "the real photos are not in git"),
    ("*/test_align.py::test_*", "the real photos are not in git"),
    ("*/test_disk.py::*", "mounting needs root"),
    ("*/test_disk.py::*", "mounting is not allowed here"),  # in a container
    ("*/test_surroundings.py::*", "mounting is not allowed here"),
    ("tests/faults/*", "elsewhere a fork is not sound"),
    ("*/test_bad_input.py::*", "this file system takes UTF-8 names only"),  # macOS
    ("*/test_render.py::*", "the denoiser has no wheel for this platform"),  # Linux on ARM
    ("*/test_survival.py::test_a_worker_ends_*", "needs /proc to find the child"),
    ("*/test_model_memory.py::*", "needs /proc to find the child"),
    ("*/test_soak.py::*", "needs /proc to find the processes"),
    ("*/test_ray.py::*", "needs /proc to find the processes"),
    ("*/test_onnx_web.py::*", "needs /proc to find the browser"),
    ("*/test_memory.py::*", "needs ps"),
    ("*/test_timing_rounds.py::*", "elsewhere no limit on memory is kept"),
    ("*/test_inspyrenet.py::*", "elsewhere no limit on memory is kept"),
)


def _in_ci() -> bool:
    return os.environ.get("CI") == "true"


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _unexpected(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """The skips that are not on the list, each a line."""
    return [
        f"{report.nodeid}: {_reason(report)}"
        for report in skipped
        if not any(
            fnmatchcase(report.nodeid, pattern) and _reason(report).startswith(reason)
            for pattern, reason in ALLOWED
        )
    ]


def _skipped(config: pytest.Config) -> list[pytest.TestReport] | None:
    """Every skip of the session; None in a process of pytest-xdist, which prints no summary."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or hasattr(config, "workerinput"):
        return None
    return list(reporter.stats.get("skipped", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session where a skip is not on the list, under ``CI=true``."""
    skipped = _skipped(session.config)
    passed = session.exitstatus == pytest.ExitCode.OK
    if passed and skipped and _in_ci() and _unexpected(skipped):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True, tryfirst=True)  # so that it is the last to print
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    """Say how many tests were skipped and why; under ``CI=true``, which fail the session."""
    yield
    skipped = _skipped(config) or []
    for line in _unexpected(skipped) if _in_ci() else ():
        terminalreporter.write_line(f"not on the list of tests/support/skips.py: {line}", red=True)
    reasons = Counter(map(_reason, skipped)).most_common()
    why = "; ".join(f"{count} {reason}" for reason, count in reasons)
    terminalreporter.write_line(f"{len(skipped)} skipped{': ' * bool(why)}{why}")
