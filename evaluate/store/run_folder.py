"""One run on disk: ``run.json``, ``predictions.jsonl``, ``masks/`` and, once scored, ``scores.*``.

A photo counts as finished when its line stands in predictions.jsonl; its mask is in place by then,
and ``candidates/`` holds what the mask was selected from, where the model proposes.
The file is appended to a line at a time; a torn last line is cut off before the next append.
A run whose identity has changed is moved to ``runs/.superseded/`` and comes back if it is asked
for again, so nothing that took hours is ever lost.
"""

import errno
import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from datasets.arrays import Alpha, Box
from datasets.pictures import read_mask_png
from evaluate.errors import ReportsError
from evaluate.store.atomic import UNFINISHED, file_name, write_json
from models.segmenter import Facts

OK = "ok"
LOAD_FAILED = "load-failed"
ABOUT_KEYS = {"label", "command", "key", "sessions"}
IDENTITY_KEYS = {"config", "files", "code", "photos", "conditions"}

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PredictionRecord:
    """One photo's line. ``seconds`` is None where nothing was timed.

    ``status`` is ok, unreadable, no-mask, error, out-of-memory, crashed, timeout or load-failed.
    ``size`` is the photo's (height, width), None where it was not read; ``box`` what of it the
    model saw, None for all of it. ``model_seconds`` are without the steps around the model.
    ``facts`` are ``models.segmenter.Facts``. ``candidates`` is how many were kept, None
    where the model proposes none. ``rss_bytes`` is the memory the process held after it,
    ``peak_rss_bytes`` the most until then. ``session`` is the process that made it, an index into
    run.json's ``sessions``.
    """

    id: str
    status: str
    seconds: float | None = None
    error: str | None = None
    traceback: str | None = None
    size: tuple[int, int] | None = None
    box: Box | None = None
    model_seconds: float | None = None
    facts: Facts | None = None
    candidates: int | None = None
    peak_rss_bytes: int | None = None
    rss_bytes: int | None = None
    session: int | None = None


class Run:
    """The folder of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.masks = folder / "masks"
        self.scores = folder / "scores.csv"
        self.scoring = folder / "scores.json"
        self._predictions = folder / "predictions.jsonl"

    @property
    def row(self) -> str:
        """The run's name among the runs of its dataset."""
        return self.folder.name

    def about(self) -> dict[str, Any]:
        """What run.json says.

        Raises:
            ReportsError: it is missing or damaged.
        """
        about = read_json(self.folder / "run.json")
        parts = about.get("identity")
        whole = isinstance(parts, dict) and parts.keys() >= IDENTITY_KEYS
        if not whole or not about.keys() >= ABOUT_KEYS or not isinstance(about["sessions"], list):
            raise ReportsError(f"{self.folder / 'run.json'}: damaged; run the same model again")
        return about

    def write_about(self, about: Mapping[str, object]) -> None:
        """Replace run.json."""
        write_json(self.folder / "run.json", about)

    def mask(self, sample_id: str) -> Path:
        """Where a photo's Alpha is stored, as 8-bit gray PNG."""
        return self.masks / f"{sample_id}.png"

    def candidates(self, sample_id: str) -> Path:
        """Where a photo's candidates are stored, in the form of ``models.prompting.candidates``."""
        return self.folder / "candidates" / f"{sample_id}.json"

    def predictions(self) -> dict[str, PredictionRecord]:
        """The finished photos by id, the latest line of each. A damaged line is no photo."""
        if not self._predictions.is_file():
            return {}
        found: dict[str, PredictionRecord] = {}
        lines = self._predictions.read_bytes().split(b"\n")[:-1]  # a torn last line has no end
        for number, line in enumerate(lines, 1):
            try:
                prediction = _prediction(json.loads(line))
            except (ValueError, TypeError):
                log.warning("%s: line %d is damaged and left out", self._predictions, number)
            else:
                found[prediction.id] = prediction
        return found

    def append(self, prediction: PredictionRecord) -> None:
        """Add one photo's line, and see it on the disk before returning."""
        line = (json.dumps(asdict(prediction)) + "\n").encode()
        file = os.open(self._predictions, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            end = os.lseek(file, 0, os.SEEK_END)
            try:
                if os.write(file, line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._predictions)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, end)
                raise
        finally:
            os.close(file)

    def repair(self) -> None:
        """Cut off a torn last line, and remove files that were never finished."""
        if self._predictions.is_file():
            with self._predictions.open("r+b") as file:
                whole = file.read().rfind(b"\n") + 1
                file.truncate(whole)
        for folder in (self.folder, self.masks):
            for leftover in folder.glob(f"{UNFINISHED}*"):
                leftover.unlink(missing_ok=True)


def _prediction(line: dict[str, Any]) -> PredictionRecord:
    prediction = PredictionRecord(**line)
    size, box = prediction.size, prediction.box  # JSON has lists
    return replace(
        prediction,
        size=(size[0], size[1]) if size else None,
        box=(box[0], box[1], box[2], box[3]) if box else None,
    )


def all_runs(runs: Path) -> list[Run]:
    """Every run under ``runs``, by name."""
    if not runs.is_dir():
        return []
    return [Run(f) for f in sorted(runs.iterdir()) if (f / "run.json").is_file()]


def find_run(runs: Path, row: str, key: str) -> Run | None:
    """The stored run of this key, whether it is the current one of its row or a superseded one."""
    places = Run(runs / row), _superseded(runs, row, key)
    return next((run for run in places if _is(run, key)), None)


def open_run(runs: Path, row: str, about: Mapping[str, Any]) -> tuple[Run, list[str]]:
    """The run to continue or begin, and which parts of its identity changed since the last one.

    ``about`` is run.json for a new run; its ``key`` decides whether the stored run is the same.
    """
    run, changed = Run(runs / row), list[str]()
    if run.folder.exists() and not _is(run, about["key"]):
        try:
            old = run.about()
            changed = [k for k, v in about["identity"].items() if old["identity"].get(k) != v]
        except ReportsError:  # masks without a readable run.json could be anyone's
            old = {"key": f"unknown-{time.time_ns()}"}
        aside = _superseded(runs, row, old["key"]).folder
        if aside.exists():  # damaged, else it would have come back in its turn
            aside = aside.with_name(f"{aside.name}-{time.time_ns()}")
        aside.parent.mkdir(exist_ok=True)
        run.folder.replace(aside)
    earlier = _superseded(runs, row, about["key"])
    if not run.folder.exists() and _is(earlier, about["key"]):
        earlier.folder.replace(run.folder)
    if not run.folder.exists():
        run.write_about(about)
    run.masks.mkdir(exist_ok=True)
    run.repair()
    return run, changed


def _superseded(runs: Path, row: str, key: str) -> Run:
    return Run(runs / ".superseded" / f"{row}@{key[:24]}")


def _is(run: Run, key: str) -> bool:
    try:
        return bool(run.about()["key"] == key)
    except ReportsError:
        return False


@contextmanager
def locked(runs: Path, row: str) -> Iterator[None]:
    """Keep a second process from writing the same run.

    Raises:
        ReportsError: another process is writing it.
    """
    runs.mkdir(parents=True, exist_ok=True)
    with (runs / f".{file_name(row)}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReportsError(
                f"{runs / row} is being written by another process; wait for it to end"
            ) from error
        yield


def read_json(path: Path) -> dict[str, Any]:
    """Read one of our JSON files.

    Raises:
        ReportsError: it is missing or damaged.
    """
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ReportsError(f"{path} does not exist") from error
    except ValueError as error:
        raise ReportsError(f"{path}: damaged ({error}); delete it and run again") from error
    if not isinstance(content, dict):
        raise ReportsError(f"{path}: damaged (no object); delete it and run again")
    return content


def stored_alpha(run: Run, id_: str) -> Alpha:
    """The Alpha (uint8 H×W) a run has of a photo.

    Raises:
        ReportsError: it is missing or damaged; a damaged one is removed, so that running mends it.
    """
    path = run.mask(id_)
    alpha = read_mask_png(path)
    if alpha is None:
        path.unlink(missing_ok=True)
        raise ReportsError(f"{path} is missing or damaged; run: {run.about()['command']}")
    return alpha
