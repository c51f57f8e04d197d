"""Measure ``make compare`` against a bare script, and the start of commands.

python -m tests.tools.bench_compare [PHOTOS …] [--rounds N] [--folder DIR] [--described]

Reports of ten models are made in ``--folder`` where they are missing. Each round runs every program
once, one after the other, so that other load affects all alike; medians are printed as a Markdown
table, with the peak memory of ``compare``. "The first time" is without the cache, as after a run;
else the runs are those of the last round. ``--described`` gives photos tags and traits, of which
the bare script knows nothing: then compare does more.
"""

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from datasets.parallel import available_cores
from evaluate.commands.session import CACHE
from evaluate.store.identity import ROOT, VERSION
from tests.tools.synthetic_reports import write_reports

SMALL = 1000  # up to so many photos, plots and starts are measured too
FIRST = "compare plots=false, the first time"


def main(arguments: list[str]) -> None:
    """Print the machine and the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="*", type=int, default=[110, 1000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--described", action="store_true")
    given = parser.parse_args(arguments)
    print(
        f"cutoutbench {VERSION}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"{platform.machine()}, {available_cores()} cores, {given.rounds} rounds\n"
    )
    with tempfile.TemporaryDirectory() as scratch:
        # Whatever the shell says: sources are compiled once, as in every installation.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(scratch) / "compiled")
        folder = given.folder or Path(scratch)
        print("| photos × 10 models | program | seconds | MiB | against it, compare takes |")
        print("| --- | --- | --- | --- | --- |")
        for photos in given.photos:
            place = folder / f"{'described' if given.described else 'plain'}-{photos}"
            if not place.is_dir():
                write_reports(place, photos, described=given.described)
            measure(place, photos, given.rounds)
        for words in (["--help"], ["nosuch"], ["compare", "datset=x"], ["eval", "model=isne"]):
            seconds = statistics.median(timed(evaluate(*words))[0] for _ in range(given.rounds))
            print(f"{' '.join(words)}: {seconds:.2f} s")


def measure(place: Path, photos: int, rounds: int) -> None:
    """Print the lines of one size."""
    ours = evaluate(
        "compare", "html=false", f"reports={place}", "dataset=folder", "dataset.root=/none",
        "dataset.name=synthetic",
    )  # fmt: skip
    bare = [sys.executable, "-m", "tests.tools.bare_compare", str(place / "synthetic")]
    programs = {
        FIRST: [*ours, "plots=false"],
        "compare plots=false": [*ours, "plots=false"],
        "csv + numpy": bare,
        "csv + json + numpy": [*bare, "--seconds"],
    }
    if photos <= SMALL:
        programs |= {"compare": ours, "csv + json + pyplot": [*bare, "--seconds", "--plots"]}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for command in programs.values():
        timed(command)  # imported sources are compiled, files are in memory
    for _ in range(rounds):
        for name, command in programs.items():
            if name == FIRST:
                (place / "synthetic" / CACHE).unlink(missing_ok=True)
            found[name].append(timed(command))
    seconds = {name: statistics.median(s for s, _ in each) for name, each in found.items()}
    for name, each in found.items():
        own = "compare" if name.endswith("pyplot") else "compare plots=false"
        ratio = "" if name.startswith("compare") else f"{seconds[own] / seconds[name]:.2f}×"
        if name == "csv + numpy":
            ratio += f", the first time {seconds[FIRST] / seconds[name]:.2f}×"
        mib = max(size for _, size in each)
        print(f"| {photos:,} | {name} | {seconds[name]:.2f} | {mib:.0f} | {ratio} |", flush=True)


def evaluate(*words: str) -> list[str]:
    """A command line of this project."""
    return [sys.executable, "-m", "evaluate", *words]


def timed(command: list[str]) -> tuple[float, float]:
    """Wall seconds and peak MiB of a command."""
    wall, _, mib = used(command)
    return wall, mib


def used(command: list[str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MiB of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, _, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    return wall, usage.ru_utime + usage.ru_stime, peak_mib(usage)


def peak_mib(usage: resource.struct_rusage) -> float:
    """Peak resident memory; the unit of ``ru_maxrss`` is bytes on macOS and KiB elsewhere."""
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main(sys.argv[1:])
