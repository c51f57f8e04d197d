"""The shape of stored JSON, and what a line of predictions.jsonl must hold."""

import json
from pathlib import Path
from typing import Any

import pytest

from evaluate.errors import ReportsError
from evaluate.store.baseline import Baseline, read_baseline, write_baseline
from evaluate.store.formats.shapes import ANY, Each, expect_shape
from evaluate.store.run_folder import PredictionRecord, parse_prediction


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        (1, float), (1.5, float), (1, int), (True, bool), ("", str), (None, None), ([], ANY),
        ({}, Each(int)), ({"a": 1}, Each(int)), ([1, None], [(int, None)]), ([], [int]),
        ({"a": 1, "b": 2}, {"a": int}), ({}, {"a?": int}), ({"a": {"b": []}}, {"a": {"b": [str]}}),
    ],
)  # fmt: skip
def test_what_fits(value: object, shape: Any) -> None:
    expect_shape(value, shape)


@pytest.mark.parametrize(
    ("value", "shape", "place"),
    [
        (True, int, "the content"), (True, float, "the content"), (1.5, int, "the content"),
        (float("nan"), float, "the content"), (float("inf"), float, "the content"),
        (10**400, float, "the content"), (2**63, int, "the content"), ([], {}, "the content"),
        ({}, {"a": ANY}, ".a"), ({"a": 1}, {"a?": str}, ".a"), ({"a": 1}, Each((str, None)), ".a"),
        ({"a": [1, ""]}, {"a": [int]}, ".a[1]"), ("x", [str], "the content"),
        ([], Each(ANY), "the content"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(value: object, shape: Any, place: str) -> None:
    with pytest.raises(ValueError, match="is missing or of another type") as raised:
        expect_shape(value, shape)
    assert str(raised.value).startswith(f"{place} is")


@pytest.mark.parametrize(
    "changes",
    [
        {"size": [120]}, {"size": [0, 90]}, {"size": 120}, {"size": [1, 2, 3]}, {"box": [1, 2]},
        {"seconds": "1"}, {"seconds": float("inf")}, {"id": 1}, {"status": None},
        {"facts": {"a": []}}, {"facts": [1]}, {"session": 0.5}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_damaged_line(changes: dict[str, object]) -> None:
    line = {"id": "a", "status": "ok", "size": [120, 90], "seconds": 1}
    assert parse_prediction(json.dumps(line).encode()) == PredictionRecord(
        "a", "ok", 1, size=(120, 90)
    )
    with pytest.raises((TypeError, ValueError)):
        parse_prediction(json.dumps({**line, **changes}).encode())


@pytest.mark.parametrize("text", ["Infinity", "1e999", "NaN", "0", "256", "true"])
def test_a_baseline_of_an_impossible_threshold_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "otsu.json"
    write_baseline(Baseline("otsu", "0.1", "photos", "0", 128, {"a": 0.5}, {}, {}, None), path)
    path.write_text(path.read_text().replace("128", text))
    with pytest.raises(ReportsError, match=r"damaged .*threshold"):
        read_baseline(path, "make baseline")
