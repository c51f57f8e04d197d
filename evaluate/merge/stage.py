"""Puts the runs of a row's shards together into one run, as if it had been predicted at once.

The whole run is built beside the stored ones and takes its place by a rename at the end. The shards
stay as they are: their masks and packs get a second name, by hard links. A photo that an earlier,
unfinished run of the same key has already stays as it is there.
"""

import filecmp
import logging
import os
import resource
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from datasets.dataset import Dataset, Sample
from datasets.listing.shard import Shard, shard_number
from evaluate.errors import ReportsError
from evaluate.merge.alike import expect_alike, expect_same_photos, merged_about
from evaluate.merge.line_index import LineIndex
from evaluate.merge.linked import LinkedRun, sync_folder
from evaluate.store.letter_case import check_ids, check_row
from evaluate.store.run_folder import OK, PredictionRecord, Run
from evaluate.store.run_versions import find_run, locked, replace_run
from evaluate.store.shard_folders import SHARDS

MERGING = ".merging"  # in the folder of shards: runs that are being put together
FILES_OPEN = 200  # by everything but the locks of shards

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Merged:
    """The whole ``run``, and the ids of photos that no shard has, by shard.

    ``absent`` are the shards of which nothing is stored, ``shards`` counts the others.
    """

    run: Run
    photos: int
    missing: Mapping[Shard, Sequence[str]]
    absent: frozenset[Shard]
    shards: int


def merge_row(reports: Path, row: str, shards: Mapping[Shard, Run], dataset: Dataset) -> Merged:
    """Merge the stored ``shards`` of a row under a dataset's ``reports``.

    Raises:
        ReportsError: the shards are unlike, of several divisions, of other photos than the dataset
            has now, damaged, or being written.
    """
    divisions = sorted({shard.of for shard in shards})
    if len(divisions) > 1:
        raise ReportsError(
            f"{row}: there are shards of {' and of '.join(map(str, divisions))}, which share "
            f"photos; remove those of one division from {reports / SHARDS}"
        )
    of, runs = divisions[0], reports / "runs"
    by_shard: dict[Shard, list[Sample]] = {Shard(i + 1, of): [] for i in range(of)}
    for sample in dataset.samples:
        by_shard[Shard(shard_number(sample.id, of), of)].append(sample)
    _allow_open_files(len(shards))
    with ExitStack() as stack:
        stack.enter_context(locked(runs, row))
        for run in shards.values():
            stack.enter_context(locked(run.folder.parent, row))
        check_row(runs, row, row)
        check_ids(runs, [sample.id for sample in dataset.samples])
        abouts = {shard: run.about() for shard, run in shards.items()}
        expect_alike(row, abouts)
        for shard, run in shards.items():
            expect_same_photos(row, shard, run, dataset, by_shard[shard])
        about = merged_about([*abouts.values()], dataset)
        earlier = find_run(runs, row, about["key"])
        indexes = {shard: LineIndex(run) for shard, run in shards.items()}
        before = LineIndex(earlier) if earlier else None
        building = reports / SHARDS / MERGING / row
        shutil.rmtree(building, ignore_errors=True)
        lacking = _build(building, about, dataset, of, indexes, before)
        whole = _put_in_place(building, runs, row)
        shutil.rmtree(building, ignore_errors=True)
    with suppress(OSError):  # another row is being put together there
        building.parent.rmdir()
    missing = {shard: [*ids] for shard, ids in lacking.items() if ids}
    absent = frozenset(shard for shard in by_shard if shard not in shards)
    return Merged(whole, len(dataset.samples), missing, absent, len(shards))


def _allow_open_files(shards: int) -> None:
    """Allow this process a lock on each shard; many systems allow 1,024 files unless asked."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = shards + FILES_OPEN
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))


def _build(
    folder: Path,
    about: dict[str, Any],
    dataset: Dataset,
    of: int,
    indexes: Mapping[Shard, LineIndex],
    before: LineIndex | None,
) -> dict[Shard, list[str]]:
    """Build the whole run in ``folder``; the ids of photos that are missing, by shard."""
    sessions = _Sessions(about["sessions"], indexes.values())
    lacking: dict[Shard, list[str]] = {}
    linked = LinkedRun(folder)
    try:
        for sample in tqdm(dataset.samples, desc=f"{about['label']}: merging", unit="photo"):
            shard = Shard(shard_number(sample.id, of), of)
            found = _best(sample.id, before, indexes.get(shard))
            if found is None:
                lacking.setdefault(shard, []).append(sample.id)
            else:
                index, record = found
                linked.take(index.run, record, sessions.number(index, record.session))
    finally:
        linked.close()
    linked.run.write_about(about)
    return lacking


def _best(
    id_: str, before: LineIndex | None, shard: LineIndex | None
) -> tuple[LineIndex, PredictionRecord] | None:
    """Who has the photo: the earlier run or the shard. A mask goes before a failure."""
    found = [(index, index.whole(id_)) for index in (before, shard) if index is not None]
    whole = [(index, record) for index, record in found if record is not None]
    masked = [one for one in whole if one[1].status == OK]
    return next(iter([*masked, *reversed(whole)]), None)


class _Sessions:
    """The processes of the whole run: those of all shards, then others that a line needs."""

    def __init__(self, listed: list[dict[str, Any]], indexes: Iterable[LineIndex]) -> None:
        self._listed = listed
        self._numbers: dict[tuple[int, int], int] = {}
        for index in indexes:
            for number in range(len(index.sessions)):
                self.number(index, number)

    def number(self, index: LineIndex, session: int | None) -> int | None:
        """The index here of a session of another run."""
        if session is None or not 0 <= session < len(index.sessions):
            return None
        place = id(index), session
        if place not in self._numbers:
            known = index.sessions[session]
            if known not in self._listed:
                self._listed.append(known)
            self._numbers[place] = self._listed.index(known)
        return self._numbers[place]


def _put_in_place(building: Path, runs: Path, row: str) -> Run:
    """Let the new run take the row's place; one that is equal to it stays, with its scores."""
    new, stored = Run(building), Run(runs / row)
    if _is_equal(new, stored):
        os.utime(stored.lines)  # it is no older than the shards
        return stored
    if stored.folder.exists() and find_run(runs, row, new.about()["key"]) is None:
        place = runs / ".superseded"
        log.warning("%s: the run that was there is another; it is kept in %s", row, place)
    replace_run(runs, row, new)
    sync_folder(runs)
    return stored


def _is_equal(new: Run, stored: Run) -> bool:
    try:
        is_same = stored.lines.is_file() and stored.about() == new.about()
    except ReportsError:
        return False
    return is_same and filecmp.cmp(new.lines, stored.lines, shallow=False)
