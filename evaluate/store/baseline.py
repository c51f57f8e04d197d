"""Baselines: the stored scores that the gate compares a run with.

Only ``make baseline`` writes them. ``baselines/<row>.json`` holds every photo's IoU and, for the
gate's outline criteria, its outline distances. ``baselines/<row>/<id>.png`` are optional reference
masks of one bit per pixel.
"""

import shutil
import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2

from datasets.arrays import Mask, to_levels, to_mask
from datasets.pictures import encode_png, read_mask_png
from evaluate.errors import ReportsError
from evaluate.store.atomic import write_atomic, write_json
from evaluate.store.formats.shapes import Each, expect_shape
from evaluate.store.masks.stored_masks import stored_alpha
from evaluate.store.run_folder import OK, Run, read_json

MOST_LEVEL = 255
LEAST_NOISE = 0.001  # smaller IoU changes come from single pixels near the threshold
ONE_BIT = [cv2.IMWRITE_PNG_BILEVEL, 1, cv2.IMWRITE_PNG_COMPRESSION, 9]


@dataclass(frozen=True)
class Noise:
    """Differences between ``repeats`` runs of one model: in median IoU and in each photo's IoU.

    ``photos`` holds only the photos that differed by more than ``LEAST_NOISE``.
    """

    repeats: int
    median: float
    photos: Mapping[str, float]


@dataclass(frozen=True)
class Baseline:
    """The scores of one run.

    ious       by photo id; failed photos have 0, and their status in ``failed``
    version    of the cutoutbench that computed the scores
    ratios     the run's median seconds per photo divided by those of other rows of the same reports
    distances  by name (inside, outside, hd95) and photo id, in px, as ``evaluate.metrics.boundary``
               defines them; not in mm, because the scale may be corrected later
    masks      whether reference masks are stored too
    """

    row: str
    version: str
    dataset: str
    dataset_hash: str
    threshold: int
    ious: Mapping[str, float]
    failed: Mapping[str, str]
    ratios: Mapping[str, float]
    noise: Noise | None
    distances: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    masks: bool = False

    @property
    def has_no_mask(self) -> bool:
        """Whether every photo failed."""
        return bool(self.ious) and self.ious.keys() <= self.failed.keys()


def write_baseline(baseline: Baseline, path: Path) -> None:
    """Write a baseline, sorted by photo and rounded, so that its diffs are small."""
    content: dict[str, object] = {
        "row": baseline.row,
        "cutoutbench": baseline.version,
        "dataset": baseline.dataset,
        "dataset_hash": baseline.dataset_hash,
        "threshold": baseline.threshold,
        "median_iou": round(statistics.median(baseline.ious.values()), 6),
    }
    if baseline.noise:
        content["noise"] = {**vars(baseline.noise), "photos": dict(baseline.noise.photos)}
    if baseline.masks:
        content["masks"] = True
    if baseline.ratios:
        content["p50_ratios"] = {
            row: float(f"{r:.4g}") for row, r in sorted(baseline.ratios.items())
        }
    content["failed"] = dict(baseline.failed)
    content["photos"] = dict(baseline.ious)
    if baseline.distances:
        content["outlines_px"] = {name: dict(px) for name, px in sorted(baseline.distances.items())}
    write_json(path, content)


def read_baseline(path: Path, renew: str) -> Baseline:
    """Read a baseline. Errors name ``renew``, the command that makes it again.

    Raises:
        ReportsError: the file is missing or damaged.
    """
    if not path.is_file():
        raise ReportsError(f"{path}: no baseline; run: {renew}")
    restore = f"restore it from git, or, to accept today's scores, run: {renew}"
    stored = read_json(path, restore)
    try:
        noise = stored.get("noise")
        ious = _by_photo(stored["photos"])
        distances = {n: _by_photo(px) for n, px in stored.get("outlines_px", {}).items()}
        if any(px.keys() != ious.keys() for px in distances.values()):
            raise ValueError("outlines_px is of other photos")
        return Baseline(
            row=str(stored["row"]),
            version=str(stored["cutoutbench"]),
            dataset=str(stored["dataset"]),
            dataset_hash=str(stored["dataset_hash"]),
            threshold=_level(stored["threshold"]),
            ious=ious,
            failed={str(photo): str(status) for photo, status in stored["failed"].items()},
            ratios=_by_photo(stored.get("p50_ratios", {})),
            noise=_noise(noise) if noise else None,
            distances=distances,
            masks=bool(stored.get("masks")),
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise ReportsError(f"{path}: damaged ({error!r}); {restore}") from error


def _noise(stored: Mapping[str, Any]) -> Noise:
    expect_shape(stored, {"repeats": int, "median": float})
    return Noise(stored["repeats"], float(stored["median"]), _by_photo(stored["photos"]))


def _level(stored: object) -> int:
    if type(stored) is not int or not 1 <= stored <= MOST_LEVEL:
        raise ValueError(f"threshold {stored} is not a level from 1 to {MOST_LEVEL}")
    return stored


def _by_photo(stored: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of photos or rows by name.

    Raises:
        ValueError: a value is not a finite number from 0.
    """
    expect_shape(stored, Each(float))
    values = {str(name): float(value) for name, value in stored.items()}
    if low := [name for name, value in values.items() if value < 0]:
        raise ValueError(f"the value of {low[0]} is below 0")
    return values


def write_masks(run: Run, folder: Path) -> None:
    """Store a run's masks as reference masks in ``folder``, replacing all earlier ones.

    Raises:
        ReportsError: a mask is damaged.
    """
    shutil.rmtree(folder, ignore_errors=True)
    for prediction in run.predictions().values():
        if prediction.status != OK:
            continue
        path = run.mask(prediction.id)
        mask = to_mask(stored_alpha(run, prediction), run.scored_threshold)
        levels = to_levels(mask)
        write_atomic(folder / path.name, encode_png(levels, ONE_BIT))


def reference_mask(folder: Path, id_: str) -> Mask | None:
    """A photo's reference mask (bool H×W), None where none is stored.

    Raises:
        ReportsError: it is damaged.
    """
    path = folder / f"{id_}.png"
    if not path.is_file():
        return None
    levels = read_mask_png(path)
    if levels is None:
        raise ReportsError(f"{path}: damaged; restore it from git, or make the baseline again")
    return to_mask(levels)
