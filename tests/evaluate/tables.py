"""Stored columns made by hand."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from evaluate.compare.rows.outline_summary import OutlineSummary, outline_summary
from evaluate.store.prediction_table import PredictionTable
from evaluate.store.run_folder import PredictionRecord
from evaluate.store.score_table import ScoreTable
from evaluate.store.scores import MEASURES, Measures, Score


def outlines(photos: Sequence[Measures]) -> OutlineSummary | None:
    return outline_summary(measure_columns(photos))


def numbers(values: Iterable[float | None]) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array(list(values), float)


def score_table(scores: Sequence[Score]) -> ScoreTable:
    return ScoreTable(
        [s.id for s in scores],
        [s.status for s in scores],
        numbers(s.iou for s in scores),
        measure_columns([s.measures for s in scores]),
        [s.tags for s in scores],
        [s.error for s in scores],
    )


def measure_columns(photos: Sequence[Measures]) -> Mapping[str, Any]:
    return {name: numbers(one.get(name) for one in photos) for name in MEASURES}


def prediction_table(records: Sequence[PredictionRecord]) -> PredictionTable:
    return PredictionTable(
        [p.id for p in records],
        [p.status for p in records],
        numbers(p.seconds for p in records),
        [p.box for p in records],
        [p.facts for p in records],
        numbers(p.candidates for p in records),
        numbers(p.peak_rss_bytes for p in records),
        numbers(p.rss_bytes for p in records),
        numbers(p.session for p in records),
    )
