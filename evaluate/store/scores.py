"""``scores.csv`` and ``scores.json``: a run's scores, and the conditions they were computed under.

``scores.csv`` has one line per photo, in the dataset's order, failures included. ``scores.json``
holds its hash, so a mismatched pair of files is detected. ``score_table`` reads them.
"""

import csv
import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from datasets.arrays import THRESHOLD
from evaluate.store.atomic import write_atomic, write_json
from evaluate.store.formats.formula_cells import text_cell
from evaluate.store.run_folder import Run

NO_TRUTH = "no-truth"
OUTSIDE = "outside-crop"  # tag: the share of the truth outside the crop that the model got
EARLIER_CLEARANCE_MM = 0.3  # of scores stored before clearance_mm was a setting
ORACLE = "oracle_iou"  # additional column, if the model proposes candidates

DISTANCES = ("mean_px", "hd95_px", "inside_px", "outside_px")
POCKET = ("pieces", "holes", "vertices", "as_truth", "area_ratio", "fit_px")
MEASURES = (*DISTANCES, "surface_dice", "edge_px", *POCKET, "mm_per_px")
SCORE_COLUMNS = ("id", "status", "iou", *MEASURES, "tags", "error")

Measures: TypeAlias = Mapping[str, float]
"""A photo's ``MEASURES`` by name; those that do not apply are missing."""


@dataclass(frozen=True)
class Score:
    """The scores of one photo of one run.

    ``iou`` is None only where the truth is unusable. ``oracle`` is the best candidate's IoU, None
    where the truth is unusable or the model proposes no candidates. ``measures`` are those of
    ``evaluate.score.measures``; there are none where the photo was not read. ``blank``
    is set for an ``empty`` or ``full`` truth, and ``inverse`` is the IoU of the inverted mask;
    these two are not stored.
    """

    id: str
    status: str
    iou: float | None
    tags: str
    error: str
    oracle: float | None = None
    measures: Measures = field(default_factory=dict)
    blank: str = ""
    inverse: float | None = None


@dataclass(frozen=True)
class Measuring:
    """What a person may choose of how masks are measured.

    ``clearance_mm`` is the gap between a tool and its pocket, and the tolerance of
    ``surface_dice``; ``threshold`` is the level (1..255) from which an Alpha is foreground.
    """

    clearance_mm: float
    threshold: int = THRESHOLD


@dataclass(frozen=True)
class Scoring:
    """The conditions of a run's scores. Runs of different conditions are not compared."""

    version: str
    dataset: str
    dataset_hash: str
    threshold: int | None  # None: of a photo table without what was stored beside it
    scored: str  # when, ISO 8601
    notices: tuple[str, ...] = ()  # the dataset's notices
    clearance_mm: float = EARLIER_CLEARANCE_MM  # tolerance of ``surface_dice``
    inverse_iou: float | None = None  # the median of the inverted masks


def write_scores(run: Run, scoring: Scoring, foreground: str, scores: list[Score]) -> None:
    """Store a run's scores. ``foreground`` is the dataset's polarity, black or white."""
    run.scoring.unlink(missing_ok=True)  # scores.csv is not read without it
    data = _to_csv(scores)
    write_atomic(run.scores, data)
    write_json(
        run.scoring,
        {
            "cutoutbench": scoring.version,
            "dataset": scoring.dataset,
            "dataset_hash": scoring.dataset_hash,
            "foreground": foreground,
            "notices": list(scoring.notices),
            "threshold": scoring.threshold,
            "clearance_mm": scoring.clearance_mm,
            "inverse_iou": scoring.inverse_iou,
            "scores_sha256": hashlib.sha256(data).hexdigest(),
            "scored": scoring.scored,
        },
    )


def _to_csv(scores: list[Score]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text)  # \r\n, or the writer would not quote a carriage return in a name
    columns = (
        (*SCORE_COLUMNS, ORACLE) if any(s.oracle is not None for s in scores) else SCORE_COLUMNS
    )
    rows.writerow(columns)
    for s in scores:
        numbers = [f"{s.measures[n]:.6g}" if n in s.measures else "" for n in MEASURES]
        texts = text_cell(s.tags), text_cell(s.error)
        cells = (text_cell(s.id), s.status, _cell(s.iou), *numbers, *texts, _cell(s.oracle))
        rows.writerow(cells[: len(columns)])
    return text.getvalue().encode("utf-8", "surrogatepass")


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)
