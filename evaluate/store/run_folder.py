"""One run on disk: ``run.json``, ``predictions.jsonl``, ``masks/`` and, once scored, ``scores.*``.

With ``store=pack`` masks and candidates lie in ``packs/`` (``evaluate.store.masks``).

A photo is finished when predictions.jsonl holds its line; its mask is in place by then. If the
model proposes candidates, ``candidates/`` holds those that the mask was selected from. Lines are
appended one at a time, and an incomplete last line is removed before the next append. A run whose
identity has changed is moved to ``runs/.superseded/`` and moved back when its identity is requested
again, so no results are lost.
"""

import errno
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from datasets.arrays import THRESHOLD, Box
from datasets.listing.regular_file import expect_regular
from evaluate.errors import ReportsError
from evaluate.store.atomic import UNFINISHED, sync_file, write_atomic, write_json
from evaluate.store.formats.checked_lines import checked_line, unchecked
from evaluate.store.formats.pack_place import PackPlace, pack_place
from evaluate.store.formats.run_shapes import ABOUT, expect_prediction
from evaluate.store.formats.shapes import expect_shape
from models.segmenter import Facts

OK = "ok"
LOAD_FAILED = "load-failed"
# Scenarios, as make time has them: one photo at a time, or several by several workers.
SINGLE_STREAM, SEVERAL_AT_ONCE = "single", "offline"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PredictionRecord:
    """One photo's line in predictions.jsonl.

    status          ok, unreadable, no-mask, error, out-of-memory, crashed, timeout or load-failed
    seconds         of the whole pipeline; None where nothing was timed
    size            the photo's (height, width); None where it was not read
    box             the part of the photo that the model got; None for all of it
    model_seconds   without the steps around the model
    facts           ``models.segmenter.Facts``
    candidates      how many are stored; None where the model proposes none
    rss_bytes       memory of the model's processes after the photo: evaluate.predict.memory.meter
    peak_rss_bytes  peak memory of the model's processes until then
    session         index of the worker process in run.json's ``sessions``
    mask_sha256     of the mask's file; None where there is none, and in lines of older versions
    candidates_sha256  the same of the file of candidates
    photo_sha256    of the photo's file, where the run's key does not contain it
    packed          where both lie in a pack; None where they are files
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
    mask_sha256: str | None = None
    candidates_sha256: str | None = None
    photo_sha256: str | None = None
    packed: PackPlace | None = None


def device_of(session: Mapping[str, Any]) -> str:
    """The device of an entry of run.json's ``sessions``; behind it an engine that is not usual."""
    runtime = session.get("runtime", {})
    engine = " ".join(runtime[part] for part in ("provider", "computes") if part in runtime)
    return f"{session['device']} ({engine})" if engine else str(session["device"])


class Run:
    """The folder of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.masks = folder / "masks"
        self.packs = folder / "packs"
        self.scores = folder / "scores.csv"
        self.scoring = folder / "scores.json"
        self.lines = folder / "predictions.jsonl"

    @property
    def row(self) -> str:
        """The run's name among the runs of its dataset."""
        return self.folder.name

    def about(self) -> dict[str, Any]:
        """The content of run.json.

        Raises:
            ReportsError: it is missing or damaged.
        """
        path = self.folder / "run.json"
        about = read_json(path)
        try:
            expect_shape(about, ABOUT)
        except ValueError as error:
            raise ReportsError(f"{path}: damaged ({error}); run the same model again") from error
        return about

    def about_photos(self, photos_hash: str, dataset: str) -> dict[str, Any]:
        """As ``about``, of a run of the photos with this hash in ``dataset``.

        Raises:
            ReportsError: it is of other photos, or as for ``about``.
        """
        about = self.about()
        if about["identity"]["photos"] != photos_hash:
            raise ReportsError(
                f"{self.folder}: the run is of other photos than {dataset} holds now; "
                f"run: {about['command']}"
            )
        return about

    def write_about(self, about: Mapping[str, object]) -> None:
        """Replace run.json."""
        write_json(self.folder / "run.json", about)

    def mask(self, sample_id: str) -> Path:
        """The path of a photo's Alpha, an 8-bit gray PNG."""
        return self.masks / f"{sample_id}.png"

    def candidates(self, sample_id: str) -> Path:
        """The path of a photo's candidates, written by ``models.prompting.candidates``."""
        return self.folder / "candidates" / f"{sample_id}.json"

    @property
    def scored_threshold(self) -> int:
        """The level at which its Alphas were cut for scoring; the usual one before that.

        Raises:
            ReportsError: scores.json is damaged.
        """
        if not self.scoring.is_file():
            return THRESHOLD
        threshold = read_json(self.scoring).get("threshold", THRESHOLD)
        if type(threshold) is not int:
            raise ReportsError(f"{self.scoring}: damaged (threshold); run: make score")
        return threshold

    def predictions(self) -> dict[str, PredictionRecord]:
        """The finished photos by id, the latest line of each. Damaged lines are skipped."""
        if not self.lines.is_file():
            return {}
        records: dict[str, PredictionRecord] = {}
        lines = self.lines.read_bytes().split(b"\n")[:-1]  # an incomplete last line has no newline
        for number, line in enumerate(lines, 1):
            try:
                prediction = parse_prediction(line)
            except (TypeError, ValueError):
                log.warning("%s: line %d is damaged and left out", self.lines, number)
            else:
                records[prediction.id] = prediction
        return records

    def append(self, prediction: PredictionRecord) -> None:
        """Append one photo's line. A kill loses it no more; a power cut may until ``sync``."""
        line = prediction_line(prediction)
        file = os.open(self.lines, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            end = os.lseek(file, 0, os.SEEK_END)
            try:
                if os.write(file, line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self.lines)
            except OSError:
                os.ftruncate(file, end)
                raise
        finally:
            os.close(file)

    def sync_lines(self) -> None:
        """Wait until all lines are on the disk."""
        if self.lines.is_file():
            sync_file(self.lines)

    def repair(self) -> None:
        """Remove an incomplete last line, damaged lines and unfinished files."""
        if self.lines.is_file():
            *lines, torn = self.lines.read_bytes().split(b"\n")
            whole = [line for line in lines if _is_whole(line)]
            if torn or len(whole) < len(lines):
                write_atomic(self.lines, b"".join(line + b"\n" for line in whole))
        for folder in (self.folder, self.masks, self.packs):
            for leftover in folder.glob(f"{UNFINISHED}*"):
                leftover.unlink(missing_ok=True)


def parse_prediction(line: bytes) -> PredictionRecord:
    """Parse a line of predictions.jsonl.

    Raises:
        TypeError, ValueError: it is damaged.
    """
    try:
        stored = expect_prediction(json.loads(unchecked(line)))
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    prediction = PredictionRecord(**stored)
    size, box = prediction.size, prediction.box  # JSON has lists
    return replace(
        prediction,
        size=(size[0], size[1]) if size else None,
        box=(box[0], box[1], box[2], box[3]) if box else None,
        packed=pack_place(stored.get("packed")),
    )


def prediction_line(prediction: PredictionRecord) -> bytes:
    """The line of a photo; ``packed`` stands in it only where there is a pack."""
    content = asdict(prediction)
    if prediction.packed is None:
        del content["packed"]
    return checked_line(content)


def _is_whole(line: bytes) -> bool:
    try:
        if unchecked(line) is line:  # of an older version
            parse_prediction(line)
    except (TypeError, ValueError):
        return False
    return True


def all_runs(runs: Path) -> list[Run]:
    """Every run under ``runs``, by name."""
    if not runs.is_dir():
        return []
    return [Run(f) for f in sorted(runs.iterdir()) if (f / "run.json").is_file()]


def read_json(path: Path, remedy: str = "delete it and run again") -> dict[str, Any]:
    """Read a JSON file of this project, which must hold an object.

    Raises:
        ReportsError: it is missing, or it is damaged, for which the text has the ``remedy``.
    """
    try:
        expect_regular(path)
        content = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise ReportsError(f"{path} does not exist") from error
    except (ValueError, RecursionError) as error:
        raise ReportsError(f"{path}: damaged ({error}); {remedy}") from error
    if not isinstance(content, dict):
        raise ReportsError(f"{path}: damaged (no object); {remedy}")
    return content
