"""The first stage: predicts every photo of a dataset with one model, into a run folder.

Only this process commits results: it moves the mask and any candidates into place, then appends the
photo's line. So a kill at any moment loses at most the photo in progress, and a power cut those of
the last two seconds, which are noticed and predicted again. A failed photo gets a
line too. No stored run is changed before the model has loaded.
"""

import logging
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from tqdm import tqdm

from datasets.caching.file_hash import file_hash
from datasets.dataset import Dataset, Sample
from datasets.messages import counted, few
from evaluate.errors import CannotRun, ReportsError
from evaluate.predict.commits import Commits, Sessions
from evaluate.predict.licences import licences
from evaluate.predict.model import Conditions, Model, class_of
from evaluate.predict.pool.answers import Predictor
from evaluate.predict.pool.engine import Engine
from evaluate.predict.pool.outlook import Outlook
from evaluate.predict.pool.worker_pool import Answered
from evaluate.store import identity
from evaluate.store.letter_case import check_ids, check_row
from evaluate.store.line_order import sort_lines
from evaluate.store.masks.stored_masks import has_candidates, has_mask
from evaluate.store.masks.writers import AUTO, MaskWriter, open_writer
from evaluate.store.run_folder import (
    LOAD_FAILED,
    OK,
    SEVERAL_AT_ONCE,
    PredictionRecord,
    Run,
)
from evaluate.store.run_versions import find_run, locked, open_run
from models.segmenter import ChecksPhotos, DerivedFromRun, Unavailable

Beside: TypeAlias = Callable[[Run, Sample, PredictionRecord, int], object]


log = logging.getLogger(__name__)


def predict(
    model: Model,
    dataset: Dataset,
    conditions: Conditions,
    files: list[Path],
    runs: Path,
    retry: bool,
    beside: Beside = lambda *_: None,
    store: str = AUTO,
    engine: Engine = Engine(),  # noqa: B008 - it is frozen
    allowed_usd: float = math.inf,
) -> Run:
    """Predict every photo that the run does not hold yet.

    ``files`` are the files other than weights that the masks depend on. With ``retry``, failed
    photos are predicted again; those that failed because the model did not load always are.
    ``beside`` gets every finished photo and the number of cores that the model leaves free, which
    may be 0; it must not wait. ``store`` is one of ``evaluate.store.masks.writers.STORES``.
    ``allowed_usd`` is what the engine's hours may cost, if they have a price.

    Raises:
        CannotRun: a package, weights, a key or the device is missing, the model can answer no
            further request, or the hours would cost too much; finished photos are kept.
        ReportsError: the run folder is in use, damaged, or cannot be written.
        DatasetError: a photo has changed; finished photos are kept.
    """
    about = describe(model, dataset, conditions, files)
    with locked(runs, model.row):
        check_row(runs, model.row, model.row)
        check_ids(runs, [sample.id for sample in dataset.samples])
        found = find_run(runs, model.row, about["key"])
        records = found.predictions() if found else {}
        pending = _pending(found, records, dataset, retry)
        outlook = Outlook(model.label, engine, len(dataset.samples), len(pending), allowed_usd)
        outlook.begin(records.values(), Run(runs / model.row))
        process = Predictor(model, conditions, engine, runs)
        try:
            if pending:
                _check_photos(model, dataset)
                process.start()
                _check_origin(model, dataset)
            stored, changed = open_run(runs, model.row, about)
            if changed:
                log.warning(
                    "%s: %s changed, so this is a new run; the earlier one is kept in %s",
                    model.label, " and ".join(changed), runs / ".superseded",
                )  # fmt: skip
            writer = open_writer(stored, store, records)
            progress = tqdm(
                process.answers(dataset.ahead(pending, fetch=True), pending, writer.unfinished),
                desc=model.label,
                unit="photo",
                total=len(dataset.samples),
                initial=len(dataset.samples) - len(pending),
            )

            def done(sample: Sample, record: PredictionRecord) -> None:
                outlook.add(record)
                beside(stored, sample, record, process.spare_cores)

            try:
                _commit_all(progress, stored, writer, dataset, done)
            finally:
                outlook.close(stored)
        finally:
            process.close()
        if engine.scenario == SEVERAL_AT_ONCE:
            sort_lines(stored, [sample.id for sample in dataset.samples])
    return stored


def _check_photos(model: Model, dataset: Dataset) -> None:
    """Refuse a folder of masks in which no photo's is, before anything runs."""
    build = class_of(model)
    if not isinstance(build, ChecksPhotos):
        return
    try:
        build.check(model.options, [sample.id for sample in dataset.samples])
    except Unavailable as error:
        raise CannotRun(f"{model.label}: {error}") from error


def _check_origin(model: Model, dataset: Dataset) -> None:
    """Refuse a stored run's masks if they are of other photos, even of equal ids and sizes.

    Raises:
        CannotRun: they are.
    """
    build = class_of(model)
    if not isinstance(build, DerivedFromRun):
        return
    photos = build.origin(model.options).get("identity", {}).get("photos")
    if photos != dataset.photos_hash:
        raise CannotRun(
            f"{model.label}: its run is of other photos than {dataset.name} has now; give "
            "that run's dataset and limit, or run its model again"
        )


def describe(
    model: Model, dataset: Dataset, conditions: Conditions, files: list[Path]
) -> dict[str, Any]:
    """The content of run.json for a new run; its key is the hash of ``identity``."""
    steps = {"steps": dict(model.steps)} if model.steps else {}
    shard = {"shard": str(dataset.shard)} if dataset.shard else {}
    parts: dict[str, Any] = {
        "config": {
            "target": model.target,
            "options": model.options_of_masks,
            "warmup": model.warmup,
            **steps,
        },
        "files": identity.key({str(path): file_hash(path) for path in files}),
        "code": identity.code(model.target, *(step["target"] for step in model.steps.values())),
        "photos": dataset.photos_hash,
        "machine": identity.machine(),
        "conditions": conditions.identity,
    }
    return {
        "cutoutbench": identity.VERSION,
        "row": model.row,
        "label": model.label,
        "command": " ".join([model.command, *(f"{k}={v}" for k, v in shard.items())]),
        "licences": licences(model),
        "key": identity.key(parts),
        "identity": parts,
        "dataset": {
            "name": dataset.name,
            "photos": len(dataset.samples),
            "hash": dataset.planned_hash,
        },
        **shard,
        "git": identity.git(),
        "sessions": [],
    }


def _pending(
    run: Run | None, records: Mapping[str, PredictionRecord], dataset: Dataset, retry: bool
) -> Sequence[Sample]:
    if run is None:
        return dataset.samples

    def finished(prediction: PredictionRecord) -> bool:
        if prediction.candidates is not None and not has_candidates(run, prediction):
            return False
        if prediction.status == OK:
            return has_mask(run, prediction)
        return prediction.status != LOAD_FAILED and not retry

    done = {p.id: p.photo_sha256 for p in records.values() if finished(p)}
    if changed := dataset.changed_photos(done):
        log.warning(
            "%s: %s changed since being predicted (%s), and predicted again",
            dataset.name, counted(len(changed), "photo"), few(changed),
        )  # fmt: skip
    return dataset.without(done.keys() - set(changed))


def _commit_all(
    answers: Iterable[Answered],
    run: Run,
    writer: MaskWriter,
    dataset: Dataset,
    done: Callable[[Sample, PredictionRecord], object],
) -> None:
    """Store each answer as it comes, and tell ``done`` of it."""
    commits, sessions = Commits(run, writer), Sessions(run)
    try:
        for answered in answers:
            record = _commit(run, writer, sessions, dataset, answered)
            commits.add(record.id)
            done(answered.sample, record)
    finally:
        commits.sync()
        sessions.close()
        writer.close()


def _commit(
    run: Run, writer: MaskWriter, sessions: Sessions, dataset: Dataset, answered: Answered
) -> PredictionRecord:
    sample, answer = answered.sample, answered.answer
    if answer["status"] == "disk":
        raise ReportsError(
            f"{writer.unfinished.parent}: {answer['error']}; solve that and run again, finished "
            "photos are kept"
        )
    if answer.get("photo_stamp") is not None:
        dataset.expect_read(sample, tuple(answer["photo_stamp"]))
    session, error = sessions.index(answered.session), answer.get("error")
    _hand_to(writer, answered)
    packed = writer.commit(
        sample.id, mask=answer["status"] == OK, candidates=answer.get("candidates") is not None
    )
    record = PredictionRecord(
        id=sample.id,
        status=answer["status"],
        seconds=answer.get("seconds"),
        error=error and sample.with_source(error),
        traceback=answer.get("traceback"),
        size=answer.get("size"),
        box=answer.get("box"),
        model_seconds=answer.get("model_seconds"),
        facts=answer.get("facts"),
        candidates=answer.get("candidates"),
        peak_rss_bytes=answer.get("peak_rss_bytes"),
        rss_bytes=answer.get("rss_bytes"),
        session=session,
        mask_sha256=answer.get("mask_sha256"),
        candidates_sha256=answer.get("candidates_sha256"),
        photo_sha256=sample.recorded_sha256,
        packed=packed,
    )
    run.append(record)
    return record


def _hand_to(writer: MaskWriter, answered: Answered) -> None:
    """Give the writer the files of a worker that has names of its own for them."""
    if answered.mask == writer.unfinished:
        return
    if answered.answer["status"] == OK:
        answered.mask.replace(writer.unfinished)
    if answered.answer.get("candidates") is not None:
        answered.mask.with_suffix(".json").replace(writer.proposed)
