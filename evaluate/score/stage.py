"""The second stage: stored masks against truth, into ``scores.csv``. No model is run.

One line a photo, failures included, in the dataset's order. A failed prediction has IoU 0. Where
the model proposes candidates, ``oracle_iou`` is the best of them: what a perfect selection would
have had, an upper bound; nothing is refined in it, and a photo without candidates has 0. A photo
whose truth is unusable has status ``no-truth`` and no IoU: that says nothing of any model, and it
is left out of every row alike, whatever a model made of it.
"""

import csv
import datetime
import hashlib
import io
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from tqdm import tqdm

from datasets.arrays import THRESHOLD, Alpha, Box, Mask, to_mask
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError
from evaluate.metrics.iou import iou
from evaluate.score import measures
from evaluate.score.measures import Measures, measure
from evaluate.store.atomic import write_atomic, write_json
from evaluate.store.identity import VERSION
from evaluate.store.run_folder import OK, Prediction, ReportsError, Run, read_json
from models.prompting.candidates import overlaps

NO_TRUTH = "no-truth"
OUTSIDE = "outside-crop"  # tag: the share of the truth that lies outside what the model was shown
COLUMNS = ("id", "status", "iou", *measures.NAMES, "tags", "error")
EARLIER_CLEARANCE_MM = 0.3  # of scores stored before it was a setting
ORACLE = "oracle_iou"  # one column more, where the model proposes candidates


@dataclass(frozen=True)
class Score:
    """One photo of one run. ``iou`` is None only where the truth is unusable.

    ``oracle`` is the best candidate's IoU, None where the truth is unusable or the model proposes
    none. ``measures`` are those of ``evaluate.score.measures``, none where the photo was not read.
    """

    id: str
    status: str
    iou: float | None
    tags: str
    error: str
    oracle: float | None = None
    measures: Measures = field(default_factory=dict)


@dataclass(frozen=True)
class Scoring:
    """What scores were made from. Unlike ones never share a table."""

    version: str
    dataset: str
    dataset_hash: str
    threshold: int
    scored: str  # when, ISO 8601
    notices: tuple[str, ...] = ()  # what the dataset says a reader must know
    clearance_mm: float = EARLIER_CLEARANCE_MM  # tolerance of ``surface_dice``


def score(run: Run, dataset: Dataset, clearance_mm: float) -> list[Score]:
    """Score a run and store its ``scores.csv`` and ``scores.json``.

    ``clearance_mm`` is that of ``evaluate.score.measures``.

    Raises:
        ReportsError: the run is of other photos, unfinished, or has lost masks.
    """
    about = run.about()
    if about["identity"]["photos"] != dataset.photos_hash:
        raise ReportsError(
            f"{run.folder}: made of other photos than {dataset.name} holds now; "
            f"run: {about['command']}"
        )
    predictions = run.predictions()
    missing = [s.id for s in dataset.samples if s.id not in predictions]
    if missing:
        raise ReportsError(
            f"{run.folder}: {len(missing)} of {len(dataset.samples)} photos are not predicted yet; "
            f"run: {about['command']}"
        )
    progress = tqdm(
        dataset.samples, desc=f"{about['label']}: scoring", unit="photo", leave=False, delay=1
    )
    scores = [
        _score(run, dataset, sample, predictions[sample.id], clearance_mm) for sample in progress
    ]
    if any(s.oracle is not None for s in scores):  # then a photo without candidates had none
        scores = [
            s if s.oracle is not None or s.iou is None else replace(s, oracle=0.0) for s in scores
        ]
    run.scoring.unlink(missing_ok=True)  # scores without it do not count, so the pair stays true
    data = _to_csv(scores)
    write_atomic(run.scores, data)
    write_json(
        run.scoring,
        {
            "cutoutbench": VERSION,
            "dataset": dataset.name,
            "dataset_hash": dataset.content_hash,
            "foreground": dataset.polarity,
            "notices": _notices(dataset),
            "threshold": THRESHOLD,
            "clearance_mm": clearance_mm,
            "scores_sha256": hashlib.sha256(data).hexdigest(),
            "scored": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
        },
    )
    return scores


def _notices(dataset: Dataset) -> list[str]:
    """What the dataset says of itself, and whether it should be larger than it is."""
    if not dataset.problems:
        return list(dataset.notices)
    return [
        *dataset.notices,
        "Photos are missing from every row alike: every run and make audit name what is wrong with "
        f"the set's files ({len(dataset.problems)} lines).",
    ]


def _score(
    run: Run, dataset: Dataset, sample: Sample, prediction: Prediction, clearance_mm: float
) -> Score:
    tags = [f"{name}={value}" for name, value in sample.tags.items()]
    alpha = stored_alpha(run, sample.id) if prediction.status == OK else None
    size = _photo_size(sample) if prediction.size is None else prediction.size
    if alpha is not None and alpha.shape != size:
        raise ReportsError(
            f"{run.mask(sample.id)}: has another size than its photo, so it is not the mask that "
            f"was made; delete it and run: {run.about()['command']}"
        )
    overlap, oracle, measured = 0.0, None, dict[str, float]()
    if size is not None:
        try:
            truth, more = dataset.truth(sample, size)
        except PictureError as error:
            return Score(sample.id, NO_TRUTH, None, ";".join(tags), str(error))
        tags += more
        overlap = iou(to_mask(alpha), truth) if alpha is not None else 0.0
        oracle = _oracle(run, prediction, truth)
        measured |= measure(alpha, truth, sample.mm_per_px, clearance_mm)
        if (outside := _outside(truth, prediction.box)) > 0:
            tags.append(f"{OUTSIDE}={outside:.3g}")
    reason = prediction.error or ""
    return Score(sample.id, prediction.status, overlap, ";".join(tags), reason, oracle, measured)


def _oracle(run: Run, prediction: Prediction, truth: Mask) -> float | None:
    """The IoU of the best of a photo's candidates, None where none were kept."""
    if prediction.candidates is None:
        return None
    path = run.candidates(prediction.id)
    try:
        return max(overlaps(path, truth), default=0.0)
    except ValueError as error:
        path.unlink(missing_ok=True)
        raise ReportsError(f"{error}; run: {run.about()['command']}") from error


def _outside(truth: Mask, box: Box | None) -> float:
    """The share of the truth that the model was not shown."""
    if box is None or not truth.any():
        return 0.0
    x, y, width, height = box
    return 1 - np.count_nonzero(truth[y : y + height, x : x + width]) / np.count_nonzero(truth)


def stored_alpha(run: Run, id_: str) -> Alpha:
    """The Alpha (uint8 H×W) a run has of a photo.

    Raises:
        ReportsError: it is missing or damaged; a damaged one is removed, so that running mends it.
    """
    path = run.mask(id_)
    try:
        encoded = np.fromfile(path, np.uint8)
        alpha = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE) if encoded.size else None
    except FileNotFoundError:
        alpha = None
    if alpha is None:
        path.unlink(missing_ok=True)
        raise ReportsError(f"{path} is missing or damaged; run: {run.about()['command']}")
    return alpha.astype(np.uint8, copy=False)


def _photo_size(sample: Sample) -> tuple[int, int] | None:
    try:
        height, width = sample.photo().shape[:2]
    except PictureError:
        return None
    return height, width


def _to_csv(scores: list[Score]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text)  # its own line end, else a carriage return in a name goes unquoted
    columns = (*COLUMNS, ORACLE) if any(s.oracle is not None for s in scores) else COLUMNS
    rows.writerow(columns)
    for s in scores:
        numbers = [f"{s.measures[n]:.6g}" if n in s.measures else "" for n in measures.NAMES]
        cells = (s.id, s.status, _cell(s.iou), *numbers, s.tags, s.error, _cell(s.oracle))
        rows.writerow(cells[: len(columns)])
    return text.getvalue().encode("utf-8", "surrogatepass")


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)


def read_scores(run: Run) -> tuple[Scoring, list[Score]]:
    """A run's stored scores and what they were made from. Opens no picture.

    Raises:
        ReportsError: the run is not scored, or its files are damaged.
    """
    command = run.about()["command"]
    if not run.scoring.is_file():
        raise ReportsError(f"{run.folder}: not predicted and scored yet; run: {command}")
    meta = read_json(run.scoring)
    try:
        data = run.scores.read_bytes()
        if hashlib.sha256(data).hexdigest() != meta["scores_sha256"]:
            raise ValueError("it is not what scores.json was written for")
        with io.StringIO(data.decode("utf-8", "surrogatepass"), newline="") as file:
            scores = [
                Score(
                    row["id"],
                    row["status"],
                    float(row["iou"]) if row["iou"] else None,
                    row["tags"],
                    row["error"],
                    float(row[ORACLE]) if row.get(ORACLE) else None,
                    {name: float(row[name]) for name in measures.NAMES if row.get(name)},
                )
                for row in csv.DictReader(file)
            ]
        scoring = Scoring(
            str(meta["cutoutbench"]),
            str(meta["dataset"]),
            str(meta["dataset_hash"]),
            int(meta["threshold"]),
            str(meta["scored"]),
            tuple(str(notice) for notice in meta["notices"]),
            float(meta.get("clearance_mm", EARLIER_CLEARANCE_MM)),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ReportsError(f"{run.scores}: damaged ({error}); run: {command}") from error
    return scoring, scores
