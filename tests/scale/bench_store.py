"""Measure masks as files and in packs, and the merge of shards.

python -m tests.scale.bench_store [--photos N] [--shards N] [--side PX] [--folder DIR]
    [--document]

No model runs: every photo's mask is the same drawn tool of PX × PX pixels. It is written, committed
and synced as the predict stage does it, in shards, which are then merged by a process of its own.
"Bytes" is what the disk keeps for the folder, "files" are its files and folders.
"""

import argparse
import hashlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from datasets.dataset import Dataset, Sample
from datasets.decoding.mask_png import encode_mask
from datasets.listing.shard import Shard
from datasets.truth import Levels, Size
from evaluate.display.text import markdown_table
from evaluate.merge.stage import merge_row
from evaluate.predict.commits import Commits
from evaluate.store.masks.stored_masks import stored_alpha
from evaluate.store.masks.writers import FILES, PACK, open_writer
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.shard_folders import shard_folder, stored_shards
from tests.scale.block import Block
from tests.support.photos import photo
from tests.support.runs import stored_about

ROW = "bench"


@dataclass(frozen=True)
class NoTruth:
    """A ground truth that is never read."""

    path: Path

    def levels(self, size: Size) -> tuple[Levels, bool]:
        """All background."""
        return np.zeros(size, np.uint8), True

    def digest(self) -> str:
        """Always the same."""
        return "none"


def dataset_of(photos: int, folder: Path) -> Dataset:
    """So many photos, all of them one file in ``folder``."""
    path = folder / "photo"
    path.touch()
    samples = (Sample(f"{n:09}", path, NoTruth(path)) for n in range(photos))
    return Dataset("photos", tuple(samples))


def write_run(run: Run, dataset: Dataset, store: str, mask: bytes) -> None:
    """Store a mask of every photo, as the predict stage does."""
    about: dict[str, Any] = stored_about("Bench")
    about["identity"]["photos"] = dataset.photos_hash
    run.write_about(about)
    run.masks.mkdir()
    writer = open_writer(run, store, {})
    commits, digest = Commits(run, writer), hashlib.sha256(mask).hexdigest()
    for sample in dataset.samples:
        writer.unfinished.write_bytes(mask)
        packed = writer.commit(sample.id, mask=True, candidates=False)
        run.append(PredictionRecord(sample.id, "ok", 0.1, mask_sha256=digest, packed=packed))
        commits.add(sample.id)
    commits.sync()
    writer.close()


def merge(reports: Path, photos: int) -> tuple[float, int]:
    """Seconds of a merge, and the most memory of this process in MiB."""
    import resource

    dataset = dataset_of(photos, reports.parent)
    _ = dataset.photos_hash, dataset.content_hash
    start = time.perf_counter()
    merge_row(reports, ROW, stored_shards(reports)[ROW], dataset)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    seconds = time.perf_counter() - start
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def seconds_of(action: Callable[[], object]) -> float:
    """How long it takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measured(folder: Path, store: str, photos: int, shards: int, mask: bytes) -> tuple[str, ...]:
    """A line of the table."""
    dataset, reports = dataset_of(photos, folder), folder / store
    parts = [Shard(number + 1, shards) for number in range(shards)]
    samples = [[s for s in dataset.samples if shard.has(s.id)] for shard in parts]
    runs = [Run(shard_folder(reports, shard) / "runs" / ROW) for shard in parts]
    sets = [dataset.part(own, shard) for own, shard in zip(samples, parts, strict=True)]
    for own in sets:
        _ = own.photos_hash

    def write() -> None:
        for run, own in zip(runs, sets, strict=True):
            write_run(run, own, store, mask)

    def read() -> None:
        for run in runs:
            for record in run.predictions().values():
                stored_alpha(run, record)

    writing, reading = seconds_of(write), seconds_of(read)
    kept = [path.lstat() for path in reports.rglob("*")]
    copying = seconds_of(lambda: shutil.copytree(reports, folder / "copy"))
    shutil.rmtree(folder / "copy")
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        merging, mib = pool.submit(merge, reports, photos).result()
    size = sum(about.st_blocks for about in kept) * 512 / 2**20
    return (
        store, f"{writing:.1f} s", f"{reading:.1f} s", f"{copying:.1f} s", f"{len(kept)}",
        f"{size:.0f} MiB", f"{merging:.1f} s", f"{mib} MiB",
    )  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--folder", type=Path, default=None)
    parser.add_argument("--document", action="store_true")
    given = parser.parse_args()
    block = Block("store", document=given.document)
    _, mask = photo(given.side, given.side)
    encoded = encode_mask(mask.astype(np.uint8) * 255)
    header = ("store", "write", "read", "copy", "files", "bytes", "merge", "its memory")
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        rows = [
            measured(Path(folder), store, given.photos, given.shards, encoded)
            for store in (FILES, PACK)
        ]
    block.add(f"{given.photos:,} masks of {len(encoded)} bytes, {given.shards} shards:\n")
    block.add(markdown_table([header, *rows]))
    block.close("tests.scale.bench_store")


if __name__ == "__main__":
    main()
