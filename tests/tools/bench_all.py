"""Every speed that this project states, measured: ``make bench``, without a model.

python -m tests.tools.bench_all [--quick] [--oracle PYTHON]

Runs the benches one after the other, prints what they print, and writes it into
``docs/performance.md`` below the line ``MEASURED``. ``--quick`` measures less often and on less,
for a look, and writes nothing. ``--oracle`` is the Python of an environment with PySODMetrics
(``tests/tools/compare_pysodmetrics.py``). Ratios are for the reader to judge, and models without
weights here are left out. Exit code: 0, or 2 if a bench broke off.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence

from evaluate.store.identity import ROOT, VERSION, git
from tests.tools.machine import about_machine

PAGE = ROOT / "docs" / "performance.md"
ENDED = (0, 1, 2)  # within a bar, above it, or something needed is not here
MEASURED = "<!-- Below: written by make bench -->"


def benches(quick: bool, oracle: str | None) -> dict[str, list[str]]:
    """Module and arguments of each bench, by its heading."""
    whole = ["tests.tools.bench_whole", *(["--photos", "4", "--rounds", "1"] if quick else [])]
    sizes = ["110", "1000"] if quick else ["110", "1000", "10000", "100000"]
    return {
        "Whole commands": whole,
        "Comparing": ["tests.tools.bench_compare", *sizes],
        "Metrics": ["tests.tools.bench_metrics", *([oracle] if oracle else [])],
        "Wrappers": ["tests.tools.bench", *(["--rounds", "3"] if quick else [])],
    }


def main(arguments: Sequence[str]) -> int:
    """Run them all; the exit code."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--oracle")
    given = parser.parse_args(arguments)
    about = f"cutoutbench {VERSION}, commit {str(git()['commit'])[:12]}; {about_machine()}"
    sections, failed = [about], False
    print(about)
    for heading, (module, *rest) in benches(given.quick, given.oracle).items():
        print(f"\n{heading}", flush=True)
        printed, code = run(module, rest)
        failed |= code not in ENDED
        sections.append(f"## {heading}\n\n```\n{printed.rstrip()}\n```")
    if not given.quick:
        kept = PAGE.read_text("utf-8").partition(MEASURED)[0]
        PAGE.write_text(kept + MEASURED + "\n\n" + "\n\n".join(sections) + "\n", "utf-8")
        print(f"\nWritten to {PAGE}")
    return 2 if failed else 0


def run(module: str, arguments: Sequence[str]) -> tuple[str, int]:
    """Run a bench, show its lines as they come; returns them and its exit code."""
    command = [sys.executable, "-m", module, *arguments]
    lines = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    return "".join(lines), process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
