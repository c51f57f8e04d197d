"""``make faults [seed=N] [minutes=M] [kills=N] [jobs=N] [document=true]``: the whole campaign.

Trials are drawn by the seed, in several processes, until there are enough of them or the time is
over. With ``document=true`` the counts go into docs/reliability.md. Exit code 1:
something was lost, wrong, hung, left over or unclear.
"""

import datetime
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from tests.faults import changes, disks, kills, models, servers, twice
from tests.faults.models import ModelBench
from tests.faults.servers import DownloadBench
from tests.faults.stages import Bench
from tests.faults.trial import BAD, CLEAR, NOTHING, SAME, Outcome, Trial, Trials
from tests.support.pages import RELIABILITY, replace_block
from tests.support.projects import ROOT
from tests.support.scratch import memory

# What draws trials, and its share of all that are asked for as kills.
DRAWN: dict[Callable[[Any, Random], Trials], float] = {
    kills.within_writes: 0.05,
    kills.of_models: 0.06,
    kills.of_models_writing: 0.06,
    kills.at_random_times: 0.15,
    kills.of_whole_commands: 0.04,
    servers.killed_downloads: 0.06,
    disks.refused_writes: 0.08,
    disks.small_files: 0.08,
    disks.clocks: 0.02,
    disks.vanishing: 0.03,
    disks.mounted: 0.03,
    twice.two_at_once: 0.04,
    changes.changing: 0.06,
    models.misbehaving: 0.1,
    servers.flawed_servers: 0.1,
    kills.at_points: 0.65,
}
BENCHES: dict[Callable[[Any, Random], Trials], type[Bench]] = {
    models.misbehaving: ModelBench,
    servers.flawed_servers: DownloadBench,
    servers.killed_downloads: DownloadBench,
}
DEFAULTS = {"seed": "1", "minutes": "60", "kills": "1200", "jobs": "", "document": "false"}


def attempt(trial: Trial) -> Outcome:
    """The outcome; an error of the trial itself is one too."""
    try:
        return trial.attempt()
    except Exception as error:
        return Outcome("unclear", f"the trial failed: {type(error).__name__}: {error}")


def bad_trials(trials: Trials, count: int) -> list[str]:
    """Try the first ``count``; what is bad of them, a line each."""
    tried = ((trial, attempt(trial)) for trial in islice(trials, count))
    return [
        f"{trial.fault}: {trial.text}: {outcome.kind}: {outcome.detail}"
        for trial, outcome in tried
        if outcome.kind in BAD
    ]


def share(job: int, jobs: int, given: dict[str, str]) -> Iterator[tuple[Trial, Outcome, float]]:
    """The trials of one of the processes."""
    end = time.monotonic() + 60 * float(given["minutes"])
    benches: dict[type[Bench], Bench] = {}
    try:
        for draw, part in DRAWN.items():
            kind = BENCHES.get(draw, Bench)
            if kind not in benches:
                benches[kind] = kind(Path(tempfile.mkdtemp(prefix="faults-", dir=memory())))
            if draw is disks.mounted and not disks.may_mount(benches[kind].folder):
                continue
            random = Random(f"{given['seed']} {draw.__name__}")
            wanted = round(part * int(given["kills"]))
            for number, trial in enumerate(draw(benches[kind], random)):
                if number >= wanted or time.monotonic() > end:
                    break
                if number % jobs == job:
                    start = time.monotonic()
                    yield trial, attempt(trial), time.monotonic() - start
    finally:
        for bench in benches.values():
            bench.close()


def run_share(job: int, jobs: int, given: dict[str, str]) -> None:
    """Print a line of JSON for each trial of one process."""
    for trial, outcome, seconds in share(job, jobs, given):
        line = {"fault": trial.fault, "text": trial.text, "kills": trial.kills,
                "kind": outcome.kind, "detail": outcome.detail, "seconds": seconds}  # fmt: skip
        print(json.dumps(line), flush=True)


def run_all(jobs: int, words: list[str]) -> list[dict[str, Any]]:
    """Start the processes and collect what they tell."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.faults.campaign", *words, f"job={job}/{jobs}"],
            stdout=subprocess.PIPE, text=True,
        )
        for job in range(jobs)
    ]  # fmt: skip
    results = []

    def collect(process: "subprocess.Popen[str]") -> None:
        for line in process.stdout or ():
            result = json.loads(line)
            results.append(result)
            if result["kind"] in BAD:
                print(f"{result['fault']}: {result['text']}: {result['kind']}: "
                      f"{result['detail']}", flush=True)  # fmt: skip
            if len(results) % 50 == 0:
                print(f"{len(results)} trials", flush=True)

    readers = [threading.Thread(target=collect, args=(process,)) for process in running]
    for reader in readers:
        reader.start()
    for reader, process in zip(readers, running, strict=True):
        reader.join()
        if process.wait():
            raise SystemExit(f"a process of the campaign failed with {process.returncode}")
    return results


def table(results: list[dict[str, Any]]) -> str:
    """A Markdown table: a row for each class of faults."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for result in results:
        if result["kind"] != NOTHING:
            rows[result["fault"]] += Counter({result["kind"]: 1, "kills": result["kills"]})
    lines = ["| Fault | Trials | Same result | Clear error | Lost | Wrong | Hang | Left over | "
             "Unclear |", "|---|---|---|---|---|---|---|---|---|"]  # fmt: skip
    total: Counter[str] = Counter()
    for fault, counts in sorted(rows.items()):
        total += counts
        lines.append(_row(fault, counts))
    lines.append(_row(f"**{len(rows)} classes, {total['kills']} kills**", total))
    return "\n".join(lines)


def _row(name: str, counts: Counter[str]) -> str:
    kinds = (SAME, CLEAR, *BAD)
    numbers = [sum(counts[kind] for kind in kinds), *(counts[kind] for kind in kinds)]
    return f"| {name} | " + " | ".join(map(str, numbers)) + " |"


def provenance(command: str) -> str:
    """When, on what and of which commit a block was made, as a line under its table."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"Made by `{command}` on {today}; {machine}; commit {commit or 'unknown'}."


def main(words: list[str]) -> int:
    """Run the campaign, or the share of it that ``job=i/n`` names."""
    # A shell has what it runs in the background ignore Ctrl-C, which commands then do too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given = DEFAULTS | dict(word.split("=", 1) for word in words)
    if unknown := given.keys() - DEFAULTS.keys() - {"job"}:
        print(f"unknown: {', '.join(sorted(unknown))}; {__doc__}", file=sys.stderr)
        return 2
    if "job" in given:
        job, jobs = map(int, given.pop("job").split("/"))
        run_share(job, jobs, given)
        return 0
    if shutil.which("git") is None or sys.platform != "linux":
        print("the campaign runs on Linux, and needs git", file=sys.stderr)
        return 2
    results = run_all(int(given["jobs"] or os.cpu_count() or 1), words)
    text = table(results)
    print(text)
    if given["document"] == "true":
        kept = " ".join(f"{k}={given[k]}" for k in ("seed", "kills", "minutes"))
        replace_block(RELIABILITY, "faults", f"{text}\n\n{provenance(f'make faults {kept}')}")
    return int(any(result["kind"] in BAD for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
