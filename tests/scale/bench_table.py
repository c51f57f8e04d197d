"""Measure ``make compare table=photos.parquet`` against pandas on the same file.

python -m tests.scale.bench_table [PHOTOS …] [--rounds N] [--folder DIR]

A file of ten models is made in ``--folder`` where it is missing. Each round runs every program
once, one after the other, so that other load affects all alike. Medians of wall seconds and of
processor seconds, and the peak memory, are printed as a Markdown table.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from tests.scale.synthetic_table import MODELS, write_table
from tests.tools.bench_compare import evaluate, used

OURS = "compare table="


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="*", type=int, default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        print(f"| photos × {MODELS} models | program | wall s | processor s | MiB | compare is |")
        print("| --- | --- | --- | --- | --- | --- |")
        for photos in given.photos:
            path = folder / f"{photos}" / "photos.parquet"
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_table(path, photos)
            measure(path, photos, given.rounds)


def measure(path: Path, photos: int, rounds: int) -> None:
    """Print the lines of one size."""
    pandas = [sys.executable, "-m", "tests.scale.pandas_compare", str(path)]
    programs = {
        OURS: evaluate("compare", "html=false", "plots=false", f"table={path}"),
        "pandas, group-by": [*pandas, "--group-by"],
        "pandas, the same numbers": pandas,
    }
    found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, command in programs.items():
            found[name].append(used(command))
    wall = {name: statistics.median(one[0] for one in each) for name, each in found.items()}
    for name, each in found.items():
        processor = statistics.median(one[1] for one in each)
        ratio = "" if name == OURS else f"{wall[name] / wall[OURS]:.1f} times as fast"
        mib = max(one[2] for one in each)
        cells = (f"{photos:,}", name, f"{wall[name]:.2f}", f"{processor:.2f}", f"{mib:.0f}", ratio)
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
