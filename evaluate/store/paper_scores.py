"""``paper.csv`` and ``paper.json``: the metrics that papers print, of one run.

``paper.csv`` has one line per photo that has ground truth, in the dataset's order, failures
included. ``paper.json`` has the conditions, the curves averaged over photos, and the hash of
``paper.csv``, so a mismatched pair of files is detected.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluate.errors import ReportsError
from evaluate.store.atomic import write_atomic, write_json
from evaluate.store.formats.formula_cells import text_cell, texts_of
from evaluate.store.formats.run_shapes import PAPER
from evaluate.store.formats.shapes import expect_shape
from evaluate.store.run_folder import Run, read_json

STRETCHED = "stretched_"  # prefix of the saliency measures of levels stretched per photo
SALIENCY = (
    "mae",
    "s",
    "e_max",
    "e_mean",
    "e_adaptive",
    "f_max",
    "f_mean",
    "f_adaptive",
    "weighted_f",
)
OVERLAP = ("iou", "dice", "precision", "recall", "boundary_iou")
WITHIN = ("boundary_f_3px", "boundary_f_diagonal", "boundary_f_clearance", "surface_dice_clearance")
FAR = ("hausdorff_px", "hd95_px", "assd_px")
MATTING = tuple(
    f"{name}_{region}"
    for region in ("unknown", "whole")
    for name in ("sad", "mse", "gradient", "connectivity")
)
PAPER_METRICS = (
    *SALIENCY,
    *(STRETCHED + name for name in SALIENCY),
    *OVERLAP,
    *WITHIN,
    *FAR,
    "hce",
    *MATTING,
)


@dataclass(frozen=True)
class PaperScore:
    """The ``PAPER_METRICS`` of one photo by name; those that do not apply are missing."""

    id: str
    status: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class PaperScores:
    """A run's metrics.

    ``curves`` are lists of 256 by threshold: E- and F-measure averaged over photos, as stored and
    stretched, and ``iou``, the median over photos.
    """

    dataset_hash: str
    clearance_mm: float
    threshold: int
    curves: Mapping[str, Sequence[float]]
    photos: tuple[PaperScore, ...]


def write_paper_scores(run: Run, scores: PaperScores) -> None:
    """Store a run's metrics."""
    _about(run).unlink(missing_ok=True)  # paper.csv is not read without it
    data = _to_csv(scores.photos)
    write_atomic(run.folder / "paper.csv", data)
    write_json(
        _about(run),
        {
            "dataset_hash": scores.dataset_hash,
            "clearance_mm": scores.clearance_mm,
            "threshold": scores.threshold,
            "curves": {name: list(curve) for name, curve in scores.curves.items()},
            "paper_sha256": hashlib.sha256(data).hexdigest(),
        },
    )


def read_paper_scores(run: Run) -> PaperScores | None:
    """Read a run's metrics; None where they were not computed.

    Raises:
        ReportsError: the files are damaged.
    """
    if not _about(run).is_file():
        return None
    path, about = run.folder / "paper.csv", read_json(_about(run))
    try:
        expect_shape(about, PAPER)
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != about["paper_sha256"]:
            raise ValueError("its hash differs from that in paper.json")
        with io.StringIO(data.decode("utf-8", "surrogatepass"), newline="") as file:
            rows = list(csv.DictReader(file, restval=""))
        ids = texts_of([row["id"] for row in rows])
        photos = tuple(
            PaperScore(
                id_,
                row["status"],
                {name: float(row[name]) for name in PAPER_METRICS if row.get(name)},
            )
            for id_, row in zip(ids, rows, strict=True)
        )
        return PaperScores(
            dataset_hash=about["dataset_hash"],
            clearance_mm=float(about["clearance_mm"]),
            threshold=about["threshold"],
            curves=about["curves"],
            photos=photos,
        )
    except (OSError, KeyError, TypeError, ValueError, csv.Error) as error:
        raise ReportsError(f"{path}: damaged ({error}); run: make score metrics=paper") from error


def _about(run: Run) -> Path:
    return run.folder / "paper.json"


def _to_csv(photos: Sequence[PaperScore]) -> bytes:
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("id", "status", *PAPER_METRICS))
    for photo in photos:
        numbers = [repr(photo.values[n]) if n in photo.values else "" for n in PAPER_METRICS]
        rows.writerow((text_cell(photo.id), photo.status, *numbers))
    return text.getvalue().encode("utf-8", "surrogatepass")
