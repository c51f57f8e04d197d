"""One built-in photo through the real commands: predict, score, compare, report."""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from evaluate.doctor.check_result import CheckResult, ok, problem
from evaluate.doctor.packages import REINSTALL
from evaluate.doctor.probe import run_module

LIMIT_S = 300
EVAL = ("eval", "suite=floors", "limit=1", "html=false", "plots=false")


def check_one_photo() -> Iterator[CheckResult]:
    """The models without weights segment a photo; their report is written and thrown away."""
    with tempfile.TemporaryDirectory(prefix="cutoutbench-doctor-") as folder:
        start = time.perf_counter()
        ended = run_module("evaluate", [*EVAL, f"reports={folder}"], LIMIT_S)
        seconds = time.perf_counter() - start
        statuses = _statuses(Path(folder))
        report = list(Path(folder).glob("*/comparison.md"))
    command = f"make {' '.join(EVAL[:3])}"
    if ended.failure:
        yield problem(
            f"self-test: one photo could not be evaluated ({ended.failure})",
            f"solve what is named above, or {REINSTALL}; {command} repeats it",
        )
    elif not statuses or not report or set(statuses) != {"ok"}:
        yield problem(
            f"self-test: no report, or failed photos ({', '.join(statuses) or 'no run'})",
            f"run: {command}",
        )
    else:
        yield ok(f"self-test: one photo evaluated with {len(statuses)} models in {seconds:.1f} s")


def _statuses(reports: Path) -> list[str]:
    """The status of every photo of every run."""
    lines = [
        line
        for path in sorted(reports.glob("*/runs/*/predictions.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [str(json.loads(line)["status"]) for line in lines]
