"""Where shards are stored: ``shards/2-of-3/`` of a dataset's reports is a folder of reports itself.

So every command works on a shard as on a whole dataset, and its folder can be moved to another
machine. ``make merge`` puts the runs of a row together in the dataset's own ``runs/``.
"""

import re
from pathlib import Path

from datasets.listing.shard import Shard
from evaluate.errors import ReportsError
from evaluate.store.run_folder import Run, all_runs

SHARDS = "shards"
_NAME = re.compile(r"([1-9]\d{0,8})-of-([1-9]\d{0,8})")


def shard_folder(reports: Path, shard: Shard) -> Path:
    """The folder of a shard's reports; ``reports`` are those of its dataset."""
    return reports / SHARDS / shard.folder


def stored_shards(reports: Path) -> dict[str, dict[Shard, Run]]:
    """The runs of shards under a dataset's ``reports``, by row and in the order of their shards."""
    place = reports / SHARDS
    names = [path.name for path in place.iterdir()] if place.is_dir() else []
    shards = sorted(Shard(int(m[1]), int(m[2])) for m in map(_NAME.fullmatch, names) if m)
    found: dict[str, dict[Shard, Run]] = {}
    for shard in shards:
        for run in all_runs(shard_folder(reports, shard) / "runs"):
            found.setdefault(run.row, {})[shard] = run
    return dict(sorted(found.items()))


def unmerged_shards(reports: Path) -> dict[str, str]:
    """A line for each row whose shards have predictions that are not in its merged run."""
    found = {}
    for row, shards in stored_shards(reports).items():
        merged = _changed_ns(Run(reports / "runs" / row))
        if max(map(_changed_ns, shards.values())) > merged:
            number = f"{len(shards)} shard{'s' * (len(shards) > 1)}"
            command = merge_command(next(iter(shards.values())))
            found[row] = f"{row}: {number} not merged; run: {command}"
    return found


def merge_command(run: Run) -> str:
    """The command that merges a shard's run with the others of its row."""
    try:
        command = str(run.about()["command"])
    except ReportsError:
        return "make merge"
    return without_shard(command).replace("make eval", "make merge", 1)


def without_shard(command: str) -> str:
    """The command of a shard's run, for all photos."""
    return re.sub(r" shard=\S+$", "", command)


def _changed_ns(run: Run) -> int:
    """When a run got its latest line, in ns; 0 before its first."""
    return run.lines.stat().st_mtime_ns if run.lines.is_file() else 0
