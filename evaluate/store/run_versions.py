"""The runs of one row: the one in use, and those of other keys, which are set aside.

One process at a time writes a row.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from evaluate.errors import ReportsError
from evaluate.store.atomic import UNFINISHED, file_name
from evaluate.store.run_folder import Run


def find_run(runs: Path, row: str, key: str) -> Run | None:
    """The run of this key, current or superseded; None if there is none."""
    places = Run(runs / row), _superseded(runs, row, key)
    return next((run for run in places if _is(run, key)), None)


def open_run(runs: Path, row: str, about: Mapping[str, Any]) -> tuple[Run, list[str]]:
    """Continue the run of ``about["key"]`` or begin it; an earlier run of another key is set aside.

    ``about`` is run.json for a new run. Returns the run, and the parts of the identity in which the
    earlier run differs.
    """
    run, changed = Run(runs / row), list[str]()
    if _is_begun(run.folder):  # a command was killed before run.json was there
        shutil.rmtree(run.folder)
    if run.folder.exists() and not _is(run, about["key"]):
        try:
            old = run.about()
            changed = [k for k, v in about["identity"].items() if old["identity"].get(k) != v]
        except ReportsError:  # masks without a readable run.json could be anyone's
            old = {"key": f"unknown-{time.time_ns()}"}
        _set_aside(runs, row, old["key"])
    earlier = _superseded(runs, row, about["key"])
    if not run.folder.exists() and _is(earlier, about["key"]):
        earlier.folder.replace(run.folder)
    if not run.folder.exists():
        run.write_about(about)
    run.masks.mkdir(exist_ok=True)
    run.repair()
    return run, changed


def replace_run(runs: Path, row: str, new: Run) -> None:
    """Let ``new``, which has everything that an earlier run of its key has, take the row's place.

    The earlier run is only removed once it has, so a kill in between loses nothing.
    """
    run, key = Run(runs / row), new.about()["key"]
    if run.folder.exists():
        try:
            old = run.about()["key"]
        except ReportsError:
            old = f"unknown-{time.time_ns()}"
        _set_aside(runs, row, old)
    new.folder.replace(run.folder)
    earlier = _superseded(runs, row, key)
    if _is(earlier, key):
        shutil.rmtree(earlier.folder)
        with suppress(OSError):  # others are there
            earlier.folder.parent.rmdir()


def _set_aside(runs: Path, row: str, key: str) -> None:
    aside = _superseded(runs, row, key).folder
    if aside.exists():  # damaged, or it would have been moved back
        aside = aside.with_name(f"{aside.name}-{time.time_ns()}")
    aside.parent.mkdir(exist_ok=True)
    (runs / row).replace(aside)


def _is_begun(folder: Path) -> bool:
    """Whether a run's folder holds nothing but files that were being written."""
    return folder.is_dir() and all(f.name.startswith(UNFINISHED) for f in folder.iterdir())


def _superseded(runs: Path, row: str, key: str) -> Run:
    return Run(runs / ".superseded" / f"{row}@{key[:24]}")


def _is(run: Run, key: str) -> bool:
    try:
        return bool(run.about()["key"] == key)
    except ReportsError:
        return False


@contextmanager
def locked(runs: Path, row: str, *, leave_no_file: bool = False) -> Iterator[None]:
    """Lock a run against other processes that would write it.

    ``leave_no_file``: remove the lock's file at the end, as ``runs`` is a person's folder.

    Raises:
        ReportsError: another process is writing it.
    """
    runs.mkdir(parents=True, exist_ok=True)
    path = runs / f".{file_name(row)}.lock"
    with ExitStack() as stack:
        while True:
            lock = stack.enter_context(path.open("w", encoding="utf-8"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ReportsError(
                    f"{runs / row} is being written by another process; wait for it to end"
                ) from error
            # Whoever held it may have removed the file since: that lock keeps nobody out any more.
            with suppress(FileNotFoundError):
                if os.path.samestat(path.stat(), os.fstat(lock.fileno())):
                    break
        if leave_no_file:
            stack.callback(path.unlink, missing_ok=True)  # while it is still held
        yield
