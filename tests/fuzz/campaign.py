"""Runs targets, each in processes of its own, and gathers what was found."""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.fuzz.driver import Progress
from tests.fuzz.target import Target
from tests.support.projects import ROOT
from tests.support.scratch import memory

# Without progress. A picture of 178 megapixels takes seconds of the processor, many times that on a
# busy machine.
HANG_S = 180.0
MOST_ENDS = 20  # crashes or hangs of one target, after which it is given up
LOOK_S = 0.05


@dataclass(frozen=True)
class Finding:
    """``what`` happened, the ``input`` that did it, and the traceback or signal in ``text``."""

    target: str
    what: str
    input: bytes
    text: str


@dataclass
class Result:
    """What came of one target. ``seconds`` are those of its processes without their start."""

    target: str
    inputs: int = 0
    guided: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    findings: list[Finding] = field(default_factory=list)


def run_campaign(targets: Sequence[Target], inputs: int, seed: int, processes: int) -> list[Result]:
    """Try about ``inputs`` in all, shared out among the targets."""
    total = sum(target.share for target in targets)
    scratch = Path(tempfile.mkdtemp(prefix="fuzz-", dir=memory()))

    def run(target: Target) -> Result:
        own = scratch / re.sub(r"\W+", "-", target.name)
        own.mkdir()
        result = run_target(target, max(1, round(inputs * target.share / total)), seed, own)
        print(f"{target.name}: {result.inputs:,} inputs in {result.seconds:.0f} s", file=sys.stderr)
        return result

    try:
        with ThreadPoolExecutor(processes) as pool:
            return list(pool.map(run, targets))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def run_target(target: Target, inputs: int, seed: int, folder: Path) -> Result:
    """Try ``inputs`` of one target."""
    result = Result(target.name)
    guided = inputs // 2 if target.guided and find_spec("atheris") else 0
    for module, count in (("driver", inputs - guided), ("guided", guided)):
        own = folder / module
        own.mkdir()
        done = 0
        while done < count and len(result.findings) < MOST_ENDS:
            done = _run_process(module, target.name, own, (seed, done, count), result)
        result.inputs += min(done, count)
        result.guided += min(done, count) if module == "guided" else 0
        _gather(own, result)
    return result


def _run_process(
    module: str, name: str, folder: Path, numbers: tuple[int, int, int], result: Result
) -> int:
    """One process until it ends; the number of inputs that are done by then."""
    progress = Progress(folder / "progress")
    _, first, last = numbers
    progress.begin(first, b"")
    command = [sys.executable, "-m", f"tests.fuzz.{module}", name, str(folder)]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [*command, *map(str, numbers)], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
        hung = _await(process, progress)
    summaries = folder / "summary.jsonl"
    if process.returncode == 0 and summaries.exists():
        return last
    how = "hang" if hung else _how_it_ended(process.returncode)
    text = (folder / "output").read_text("utf-8", "replace")[-2000:]
    if process.returncode > 0:  # of the target's preparation, or of this program
        raise RuntimeError(f"{name}: its process {how}\n{text}")
    result.findings.append(Finding(name, how, progress.input, text))
    return progress.done + 1


def _await(process: "subprocess.Popen[bytes]", progress: Progress) -> bool:
    """Wait for the process; whether it made no progress for ``HANG_S`` and was ended."""
    seen, since = -1, time.monotonic()
    while process.poll() is None:
        if (done := progress.done) != seen:
            seen, since = done, time.monotonic()
        if time.monotonic() - since > HANG_S:
            process.kill()
            process.wait()
            return True
        time.sleep(LOOK_S)
    return False


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    return f"died by {signal.Signals(-code).name}"


def _gather(folder: Path, result: Result) -> None:
    for told in _lines(folder / "findings.jsonl"):
        data = bytes.fromhex(told["input"])
        result.findings.append(Finding(result.target, told["what"], data, told["text"]))
    for summary in _lines(folder / "summary.jsonl"):
        result.seconds += summary["seconds"]
        result.slowest_s = max(result.slowest_s, summary["slowest_s"])


def _lines(path: Path) -> list[dict[str, Any]]:
    return (
        [json.loads(line) for line in path.read_text("ascii").splitlines()]
        if (path.exists())
        else []
    )
