"""The first stage: every photo of a dataset through one model, into a run folder.

The parent alone commits: it moves a mask into place and then appends the photo's line, so killing
anything at any moment loses at most the photo in flight. A photo that fails is a line like any
other; a process that dies or hangs is replaced, and the next photo gets its chance.
"""

import datetime
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from datasets.dataset import Dataset, Sample, file_hash
from evaluate import identity
from evaluate.process import Worker, WorkerDied
from evaluate.store import OK, Prediction, ReportsError, Run, locked, open_run

log = logging.getLogger(__name__)


class CannotRun(Exception):
    """The model cannot run here; the text says which package, weights or device, and what to do."""


@dataclass(frozen=True)
class Model:
    """A model as configured.

    ``row`` names its folder, ``label`` its line in the table, ``target`` its class; ``options`` are
    its keyword arguments, ``extra`` its optional packages, ``command`` how to run it again.
    """

    row: str
    label: str
    target: str
    options: Mapping[str, Any]
    extra: str | None
    warmup: int
    command: str


@dataclass(frozen=True)
class Conditions:
    """What surrounds the model and shows in its times."""

    device: str
    threads: int
    timeout_s: float


def run(
    model: Model, dataset: Dataset, conditions: Conditions, files: list[Path], runs: Path
) -> Run:
    """Predict every photo that is not finished yet.

    ``files`` are the files beyond weights that the masks depend on.

    Raises:
        CannotRun: a package, weights or the device is missing.
        ReportsError: the run folder is in use, damaged, or cannot be written.
    """
    about = _about(model, dataset, conditions, files)
    with locked(runs, model.row):
        stored, changed = open_run(runs, model.row, about)
        if changed:
            log.warning(
                "%s: %s changed, so this is a new run; the earlier one is kept in %s",
                model.label, " and ".join(changed), runs / ".superseded",
            )  # fmt: skip
        done = {
            p.id
            for p in stored.predictions().values()
            if p.status != OK or stored.mask(p.id).is_file()
        }
        pending = [sample for sample in dataset.samples if sample.id not in done]
        _Loop(model, conditions, stored).predict(pending, len(dataset.samples))
    return stored


class _Loop:
    """Photos through a worker, and through its successors when it dies."""

    def __init__(self, model: Model, conditions: Conditions, run: Run) -> None:
        self.model = model
        self.conditions = conditions
        self.run = run
        self.about = {**run.about(), "label": model.label}
        self.worker: Worker | None = None
        self.broken: dict[str, Any] | None = None  # why no worker can be had any more

    def predict(self, pending: list[Sample], total: int) -> None:
        progress = tqdm(
            pending, desc=self.model.label, unit="photo", total=total, initial=total - len(pending)
        )
        try:
            for sample in progress:
                answer = self.broken or self._ask(sample)
                self._commit(sample, answer)
        finally:
            if self.worker is not None:
                self.worker.close()

    def _ask(self, sample: Sample) -> dict[str, Any]:
        if self.worker is None and (failure := self._start()) is not None:
            self.broken = failure
            return failure
        request = {
            "id": sample.id,
            "image": str(sample.image_path),
            "mask": str(self._unfinished()),
        }
        return self._exchange(request)

    def _start(self) -> dict[str, Any] | None:
        """Load the model in a new process; the failure, if it cannot be."""
        order = {
            "target": self.model.target,
            "options": dict(self.model.options),
            "device": self.conditions.device,
            "threads": self.conditions.threads,
        }
        try:
            self.worker = Worker(order)
            loaded = self.worker.loaded()
        except WorkerDied as death:
            return {"status": "load-failed", "error": f"{death} while loading"}
        if loaded["status"] == "unavailable":
            raise CannotRun(f"{self.model.label}: {loaded['error']}")
        if loaded["status"] == "missing-package":
            how = f"make install extra={self.model.extra}" if self.model.extra else "install it"
            raise CannotRun(
                f"{self.model.label}: package '{loaded['error']}' is not installed; run: {how}"
            )
        if loaded["status"] != OK:
            return loaded
        session = {
            "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "device": loaded["device"],
            "weights": loaded["weights"],
            "load_s": loaded["load_s"],
            "warmup_s": [],
        }
        for _ in range(self.model.warmup):
            answer = self._exchange({"warmup": True})
            if answer["status"] in ("timeout", "crashed"):
                return {**answer, "error": f"{answer['error']} in the warm-up call"}
            session["warmup_s"].append(answer.get("seconds"))
        self.about["sessions"].append(session)
        self.run.write_about(self.about)
        return None

    def _exchange(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.worker is not None  # noqa: S101 - narrows the type
        limit = self.conditions.timeout_s
        try:
            return self.worker.ask(request, limit)
        except TimeoutError:
            self.worker = None
            return {"status": "timeout", "seconds": limit, "error": f"no answer in {limit:g} s"}
        except WorkerDied as death:
            self.worker = None
            return {"status": "crashed", "error": str(death)}

    def _commit(self, sample: Sample, answer: dict[str, Any]) -> None:
        if answer["status"] == "disk":
            raise ReportsError(
                f"{self.run.masks}: {answer['error']}; make room and run again, "
                "finished photos are kept"
            )
        if answer["status"] == OK:
            self._unfinished().replace(self.run.mask(sample.id))
        self.run.append(
            Prediction(
                id=sample.id,
                status=answer["status"],
                seconds=answer.get("seconds"),
                error=answer.get("error"),
                traceback=answer.get("traceback"),
                peak_rss_bytes=answer.get("peak_rss_bytes"),
                session=len(self.about["sessions"]) - 1 if self.about["sessions"] else None,
            )
        )

    def _unfinished(self) -> Path:
        return self.run.masks / f".new-{os.getpid()}.png"


def _about(
    model: Model, dataset: Dataset, conditions: Conditions, files: list[Path]
) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "config": {"target": model.target, "options": dict(model.options), "warmup": model.warmup},
        "files": identity.key({str(path): file_hash(path) for path in files}),
        "code": identity.code(model.target),
        "photos": dataset.photos_hash,
        "machine": identity.machine(),
        "conditions": vars(conditions),
    }
    return {
        "cutoutbench": identity.VERSION,
        "row": model.row,
        "label": model.label,
        "command": model.command,
        "key": identity.key(parts),
        "identity": parts,
        "dataset": {
            "name": dataset.name,
            "photos": len(dataset.samples),
            "hash": dataset.content_hash,
        },
        "git": identity.git(),
        "sessions": [],
    }
