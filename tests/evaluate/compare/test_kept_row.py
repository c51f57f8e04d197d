"""Rows that are kept: the same as computed ones, and computed again where anything has changed."""

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from datasets.caching import cache
from evaluate.compare.comparison import Comparison, compare
from evaluate.compare.rows import kept_row, row
from evaluate.store.formats.csv_columns import FloatColumn
from evaluate.store.prediction_table import read_predictions
from evaluate.store.run_folder import PredictionRecord, Run
from tests.support.runs import rewrite
from tests.tools.synthetic_reports import write_reports

PHOTOS, MODELS = 60, 3


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Runs that have been compared once, with a cache."""
    monkeypatch.setattr(kept_row, "LEAST_BYTES", 0)
    runs = write_reports(tmp_path, PHOTOS, MODELS) / "runs"
    cache.use(tmp_path / "cache.sqlite")
    compare(runs, 0.02)
    yield runs
    cache.use(None)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The rows whose predictions have been read."""
    rows: list[str] = []

    def listed(run: Run) -> object:
        rows.append(run.row)
        return read_predictions(run)

    monkeypatch.setattr(row, "read_predictions", listed)
    return rows


def _needed(one: row.Row) -> FloatColumn:
    assert one.outlines
    assert one.outlines.fits
    return one.outlines.fits.needed


def computed(runs: Path) -> Comparison:
    """The comparison without the cache."""
    cache.use(None)
    return compare(runs, 0.02)


def test_kept_rows_are_those_that_are_computed(runs: Path, read: list[str]) -> None:
    found = compare(runs, 0.02)
    assert read == []
    again = computed(runs)
    assert found == again
    for kept, fresh in zip(found.rows, again.rows, strict=True):
        assert np.array_equal(_needed(kept), _needed(fresh))
    assert len(read) == MODELS


def test_facts_times_and_failures_are_kept_as_they_are(runs: Path, read: list[str]) -> None:
    numbers = count()

    def changed(one: PredictionRecord) -> PredictionRecord:
        i = next(numbers)
        status, seconds = ("timeout", 600.0) if i < 9 else ("ok", 0.3)
        facts: dict[str, str | int | float] = {"tokens": i, "tier": "ab"[i % 2]}
        return replace(one, facts=facts, seconds=seconds, status=status)

    rewrite(runs / "model-01", changed)
    compare(runs, 0.02)
    assert read == ["model-01"]
    found = compare(runs, 0.02)
    assert read == ["model-01"]
    assert found == computed(runs)
    own = next(one for one in found.rows if one.row == "model-01")
    assert own.times
    assert own.times.limited == ("p90", "p99")
    assert own.facts["tier"] == {"a": 30, "b": 30}


@pytest.mark.parametrize("name", ["run.json", "predictions.jsonl", "scores.json"])
def test_a_changed_file_is_read(runs: Path, read: list[str], name: str) -> None:
    path = runs / "model-02" / name
    if name == "predictions.jsonl":
        rewrite(path.parent, lambda one: replace(one, status="no"))
    else:
        path.write_text(path.read_text().replace("{", "{ ", 1))
    found = compare(runs, 0.02)
    assert read == ["model-02"]
    assert found == computed(runs)


def test_damaged_lines_are_told_each_time(
    runs: Path, read: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    lines = Run(runs / "model-00").lines
    lines.write_bytes(lines.read_bytes() + b"damaged\n")
    for times in (1, 2):
        with caplog.at_level(logging.WARNING):
            compare(runs, 0.02)
        assert read == ["model-00"] * times
        assert caplog.text.count("line 61 is damaged and left out") == times


def test_without_some_photos_rows_are_computed(runs: Path, read: list[str]) -> None:
    found = compare(runs, 0.02, leave_out=["photo-0000003"])
    assert len(read) == MODELS
    assert {len(one.ious) for one in found.rows} == {PHOTOS - 1}
    assert {len(one.ious) for one in compare(runs, 0.02).rows} == {PHOTOS}


def test_rows_of_other_photos_are_not_taken(runs: Path, read: list[str]) -> None:
    latest = runs / f"model-{MODELS - 1:02}"
    scores = (latest / "scores.csv").read_bytes().replace(b"photo-0000003", b"photo-x")
    (latest / "scores.csv").write_bytes(scores)
    about = json.loads((latest / "scores.json").read_text())
    about["scores_sha256"] = hashlib.sha256(scores).hexdigest()
    (latest / "scores.json").write_text(json.dumps(about))
    third = "photo-0000003"
    rewrite(latest, lambda one: replace(one, id="photo-x") if one.id == third else one)
    found = compare(runs, 0.02)
    assert sorted(read) == [f"model-{i:02}" for i in range(MODELS)]
    assert sum("photo-x" in one.ious for one in found.rows) == 1


def test_short_runs_are_not_kept(
    runs: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    size = Run(runs / "model-00").lines.stat().st_size
    monkeypatch.setattr(kept_row, "LEAST_BYTES", size + 1)
    compare(runs, 0.02)
    assert "model-00" in read
