"""Make a baseline of a scored run, and measure the noise between repeated runs."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from evaluate.display.text import first_few
from evaluate.errors import ReportsError
from evaluate.store.baseline import LEAST_NOISE, Baseline, Noise
from evaluate.store.formats.csv_columns import FloatColumn
from evaluate.store.run_folder import OK, Run
from evaluate.store.score_table import ScoreTable, read_score_table, read_scoring


def baseline_of(
    run: Run, ratios: Mapping[str, float], noise: Noise | None, distances: Iterable[str] = ()
) -> Baseline:
    """The baseline of a scored run; ``distances`` names the outline distances to store with it.

    Raises:
        ReportsError: the run is not scored, no photo has usable ground truth, or a photo lacks one
            of the distances.
    """
    scoring, counted = read_scoring(run), read_score_table(run).counted
    if not len(counted):
        raise ReportsError(
            f"{run.folder}: no photo has usable ground truth, so there is nothing to compare"
        )
    assert scoring.threshold is not None  # noqa: S101 - a run has one
    return Baseline(
        row=run.row,
        version=scoring.version,
        dataset=scoring.dataset,
        dataset_hash=scoring.dataset_hash,
        threshold=scoring.threshold,
        ious={id_: round(iou, 6) for id_, iou in _by_id(counted, np.nan_to_num(counted.iou))},
        failed={
            id_: why for id_, why in zip(counted.ids, counted.status, strict=True) if why != OK
        },
        ratios=ratios,
        noise=noise,
        distances={name: _distances(run, counted, name) for name in distances},
    )


def failures_text(run: Run) -> str:
    """Statuses and most frequent reason of a scored run's failed photos; empty if none failed."""
    failures = read_score_table(run).counted.failures
    if not failures:
        return ""
    counts = Counter(status for status, _ in failures)
    told = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    (reason, _), *_ = Counter(error for _, error in failures).most_common(1)
    return f"{told}; most frequent reason: {reason}" if reason else told


def _distances(run: Run, scores: ScoreTable, name: str) -> dict[str, float]:
    column = f"{name}_px"
    values = scores.measures.get(column, np.full(len(scores), np.nan))
    if missing := [id_ for id_, px in _by_id(scores, values) if math.isnan(px)]:
        raise ReportsError(
            f"{run.scores}: {len(missing)} photos have no {column} ({first_few(missing)}): they "
            "cannot be read, or an older version scored them; repair the files and run: "
            f"{run.about()['command']}"
        )
    return {id_: round(px, 3) for id_, px in _by_id(scores, values)}


def _by_id(scores: ScoreTable, column: FloatColumn) -> Iterator[tuple[str, float]]:
    return zip(scores.ids, column.tolist(), strict=True)


def noise_of(repeats: Sequence[Mapping[str, float]]) -> Noise:
    """The largest differences between the IoUs of two or more runs.

    Only photos with a mask in every run count: a failure is not noise, and as such would hide every
    drop.

    Raises:
        ReportsError: no photo has a mask in every run.
    """
    ids = set.intersection(*map(set, repeats))
    if not ids:
        raise ReportsError("no photo has a mask in every run, so there is no noise to measure")
    medians = [statistics.median(ious[i] for i in ids) for ious in repeats]
    spreads = {
        i: round(max(ious[i] for ious in repeats) - min(ious[i] for ious in repeats), 6)
        for i in sorted(ids)
    }
    moved = {i: spread for i, spread in spreads.items() if spread > LEAST_NOISE}
    return Noise(len(repeats), round(max(medians) - min(medians), 6), moved)
