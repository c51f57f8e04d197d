"""What a check found: a mark, a line of text, and the remedy."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum


class Mark(Enum):
    """How bad a finding is. Only a problem shows in the exit code."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class CheckResult:
    """One line of the output. ``remedy`` is empty where nothing has to be done."""

    mark: Mark
    text: str
    remedy: str = ""

    @property
    def line(self) -> str:
        """The text, and behind it the remedy."""
        return f"{self.text}; {self.remedy}" if self.remedy else self.text


def ok(text: str) -> CheckResult:
    """A check that found nothing wrong."""
    return CheckResult(Mark.OK, text)


def warning(text: str, remedy: str) -> CheckResult:
    """A fault with which the commands still work."""
    return CheckResult(Mark.WARNING, text, remedy)


def problem(text: str, remedy: str) -> CheckResult:
    """A fault with which some command fails or gives wrong results."""
    return CheckResult(Mark.PROBLEM, text, remedy)


def guarded(name: str, check: Callable[[], Iterable[CheckResult]]) -> list[CheckResult]:
    """The results of a check. An exception in it is a result too, so that the others still run."""
    results: list[CheckResult] = []
    try:
        for result in check():
            results.append(result)  # noqa: PERF402 - those before an exception are kept
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        results.append(problem(f"{name}: cannot be checked ({reason})", "run: make clean install"))
    return results
