"""Damage to stored results is noticed: in lines by their check, in masks by their hash."""

import json
import random
from pathlib import Path

import pytest
from PIL import Image as Pillow

from evaluate.store.formats.checked_lines import checked_line, unchecked
from evaluate.store.prediction_table import read_predictions
from evaluate.store.run_folder import PredictionRecord, Run, parse_prediction
from tests.support.commands import Command
from tests.support.runs import lines

RECORD = {"id": 'a", "check": "', "status": "ok", "seconds": 0.25, "size": [3, 4], "error": None}


def test_a_line_is_read_as_it_was_written() -> None:
    line = checked_line(RECORD)
    assert line.endswith(b'"}\n')
    assert json.loads(unchecked(line[:-1])) == RECORD


def test_lines_of_older_versions_have_no_check() -> None:
    assert parse_prediction(b'{"id": "a", "status": "ok"}') == PredictionRecord("a", "ok")


def test_no_damage_changes_a_value() -> None:
    whole = checked_line({**RECORD, "id": "a", "seconds": 0.123456})[:-1]
    expected, chance = parse_prediction(whole), random.Random(1)
    noticed = 0
    for _ in range(20_000):
        damaged = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        try:
            found = parse_prediction(bytes(damaged))
        except (ValueError, TypeError):
            noticed += 1
        else:
            assert found == expected
    assert noticed > 19_000


@pytest.fixture
def run(command: Command, folder: Path, tmp_path: Path) -> Path:
    own = ("dataset=folder", f"dataset.root={folder}")
    assert command("eval", "model=otsu", *own).returncode == 0
    return tmp_path / "reports" / "photos" / "runs" / "otsu"


def test_another_mask_is_refused_and_predicted_again(
    run: Path, command: Command, folder: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    whole = (run / "scores.csv").read_bytes()
    Pillow.new("L", (90, 120)).save(run / "masks" / "a.png")
    done = command("score", *own)
    assert done.returncode == 2
    assert "masks/a.png is not the mask that was predicted" in done.stderr
    assert (run / "scores.csv").read_bytes() == whole
    assert command("eval", "model=otsu", *own).returncode == 0
    assert [json.loads(line)["id"] for line in lines(run)] == ["a", "b", "c", "a"]
    assert (run / "scores.csv").read_bytes() == whole


def test_a_changed_value_costs_one_photo(run: Path, command: Command, folder: Path) -> None:
    path = Run(run).lines
    path.write_bytes(path.read_bytes().replace(b'"status": "ok"', b'"status": "no"', 1))
    done = command("eval", "model=otsu", "dataset=folder", f"dataset.root={folder}")
    assert done.returncode == 0
    assert "predictions.jsonl: line 1 is damaged and left out" in done.stderr
    assert [json.loads(line)["id"] for line in lines(run)] == ["b", "c", "a"]


def test_verify_names_every_fault(run: Path, command: Command, folder: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    assert command("baseline", "model=otsu", *own).returncode == 0
    done = command("verify", *own)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 run and 1 baseline, all whole" in done.stdout
    path = Run(run).lines
    path.write_bytes(path.read_bytes().replace(b'"status": "ok"', b'"status": "no"', 1) + b"{")
    (run / "masks" / "b.png").write_bytes((run / "masks" / "b.png").read_bytes()[:-20])
    (run / "masks" / "c.png").unlink()
    (run / "scores.csv").write_bytes((run / "scores.csv").read_bytes().replace(b"ok", b"no"))
    (run.parents[1] / "baselines" / "otsu.json").write_text("{")
    done = command("verify", *own)
    assert done.returncode == 3
    for text in (
        "predictions.jsonl: line 1 is damaged",
        "the last line is incomplete",
        "masks/a.png: predictions.jsonl has no line for it",
        "masks/b.png: missing, or not the mask that was predicted",
        "masks/c.png: missing",
        "scores.csv: damaged",
        "otsu.json: damaged",
        "7 faults in 1 run and 1 baseline",
    ):
        assert text in done.stderr
    assert command("eval", "model=otsu", *own).returncode == 0
    assert "otsu.json" in command("verify", *own).stderr
    assert command("baseline", "model=otsu", *own).returncode == 0
    assert command("verify", *own).returncode == 0


def test_a_line_that_lost_its_check_is_damaged(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for id_ in "ab":
        run.append(PredictionRecord(id_, "ok", 0.5))
    first, second, _ = run.lines.read_bytes().split(b"\n")
    cut = first[: first.index(b', "check"')] + b"}"
    renamed = first.replace(b'photo_sha256": null, "c', b"photo_s")
    for damaged in (cut, renamed, b"[" * 5000, b'{"id": ' + b"[" * 5000):
        run.lines.write_bytes(damaged + b"\n" + second + b"\n")
        assert list(run.predictions()) == read_predictions(run).ids == ["b"]
        with pytest.raises((TypeError, ValueError)):
            parse_prediction(damaged)
        run.repair()
        assert run.lines.read_bytes() == second + b"\n"
