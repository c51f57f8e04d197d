"""The columns of photos.csv and photos.parquet, of one run."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import numpy as np

from evaluate.store.formats.columns import PhotoColumn, constant
from evaluate.store.formats.csv_columns import FloatColumn
from evaluate.store.prediction_table import PredictionTable
from evaluate.store.score_table import ScoreTable
from evaluate.store.scores import MEASURES, ORACLE, OUTSIDE

PARQUET, CSV = "photos.parquet", "photos.csv"
TAG, TRAIT = "tag_", "trait_"  # prefixes of what is known of a photo, equal for all models
OUTSIDE_SHARE = "outside_crop_share"
WHOLE_NUMBERS = (
    *("pieces", "holes", "vertices", "as_truth"),
    *("candidates", "peak_rss_bytes", "rss_bytes"),
)
MEASURED = (
    *("iou", *MEASURES, ORACLE, OUTSIDE_SHARE),
    *("seconds", "peak_rss_bytes", "rss_bytes", "candidates"),
)

Cells: TypeAlias = PhotoColumn | list[str]
"""A column; a list of texts if most photos have another one."""


def photo_columns(
    row: str,
    label: str,
    scores: ScoreTable,
    predictions: PredictionTable,
    known: Mapping[str, PhotoColumn],
) -> dict[str, Cells]:
    """The columns of a run; ``known`` are those with a prefix, of the scored photos in order."""
    n = len(scores)
    places = {id_: place for place, id_ in enumerate(predictions.ids)}
    at = np.array([places.get(id_, -1) for id_ in scores.ids], np.intp)

    def predicted(column: FloatColumn) -> FloatColumn:
        return np.append(column, np.nan)[at]  # the last is of a photo without a line

    numbers = {
        **scores.measures,
        "iou": scores.iou,
        ORACLE: scores.oracle,
        OUTSIDE_SHARE: _outside(scores.tags),
        "seconds": predicted(predictions.seconds),
        "peak_rss_bytes": predicted(predictions.peak_rss_bytes),
        "rss_bytes": predicted(predictions.rss_bytes),
        "candidates": predicted(predictions.candidates),
    }
    none = np.full(n, np.nan)
    found: dict[str, Cells] = {
        "row": constant(row, n),
        "label": constant(label, n),
        "id": scores.ids,
        "status": scores.status,
    }
    for name in MEASURED:
        column = numbers.get(name)
        found[name] = none if column is None else column
    return {**found, "error": scores.error, **known}


def _outside(tags: Sequence[str]) -> FloatColumn:
    """The share of the ground truth outside the crop that the model got; NaN where it got all."""
    shares = {text: _share(text) for text in dict.fromkeys(tags)}
    return np.array([shares[text] for text in tags], np.float64)


def _share(text: str) -> float:
    for tag in text.split(";"):
        name, _, value = tag.partition("=")
        if name == OUTSIDE:
            return float(value)
    return float("nan")
