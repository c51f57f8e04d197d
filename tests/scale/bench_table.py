"""Measure ``make compare table=photos.parquet`` against pandas on the same file.

python -m tests.scale.bench_table [PHOTOS …] [--rounds N] [--folder DIR] [--document]

A file of ten models is made in ``--folder`` where it is missing. Each round runs every program
once, one after the other, so that other load affects all alike. Medians of wall seconds and of
processor seconds, and the peak memory, are the block ``table`` of docs/scale.md.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from tests.scale.block import Block
from tests.scale.synthetic_table import MODELS, write_table
from tests.tools.bench_compare import evaluate, used

OURS = "compare table="


def main(arguments: list[str]) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="*", type=int, default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--document", action="store_true")
    given = parser.parse_args(arguments)
    block = Block("table", document=given.document)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        block.add(
            f"| photos × {MODELS} models | program | s | processor s | MiB | s, of compare's "
            "| processor s, of compare's |"
        )
        block.add("| --- | --- | --- | --- | --- | --- | --- |")
        for photos in given.photos:
            path = folder / f"{photos}" / "photos.parquet"
            if not path.is_file():
                path.parent.mkdir(parents=True, exist_ok=True)
                write_table(path, photos)
            measure(path, photos, given.rounds, block)
    block.close("tests.scale.bench_table", "pandas", "pyarrow")


def measure(path: Path, photos: int, rounds: int, block: Block) -> None:
    """Add the lines of one size."""
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
    wall, processor = (
        {name: statistics.median(one[at] for one in each) for name, each in found.items()}
        for at in (0, 1)
    )
    for name, each in found.items():
        mib = max(one[2] for one in each)
        seconds = [f"{each[name]:.2f}" for each in (wall, processor)]
        ratios = [f"{each[name] / each[OURS]:.1f}" for each in (wall, processor)]
        block.add(f"| {' | '.join([f'{photos:,}', name, *seconds, f'{mib:.0f}', *ratios])} |")


if __name__ == "__main__":
    main(sys.argv[1:])
