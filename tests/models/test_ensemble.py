"""Ensembles: their arithmetic against NumPy's, and a row made of stored rows."""

import json
from pathlib import Path

import numpy as np
import pytest

from datasets.pictures import read_mask_png
from models.ensemble import WAYS_TO_JOIN
from tests.support.commands import Command
from tests.support.runs import read_scores


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_the_ways_to_join_are_numpys(count: int) -> None:
    alphas = [*np.random.default_rng(count).integers(0, 256, (count, 40, 50), np.uint8)]
    stack = np.stack(alphas).astype(float)
    for how, found in (("mean", stack.mean(axis=0)), ("median", np.median(stack, axis=0))):
        assert np.array_equal(WAYS_TO_JOIN[how](alphas), np.ceil(found - 0.5)), how
    votes = (stack >= 128).mean(axis=0) > 0.5
    assert np.array_equal(WAYS_TO_JOIN["vote"](alphas), np.where(votes, 255, 0))


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_of_hard_masks_all_ways_are_the_same_majority(count: int) -> None:
    levels = np.array([0, 255], np.uint8)
    alphas = [*levels[np.random.default_rng(count).integers(0, 2, (count, 40, 50))]]
    mean, median, vote = (join(alphas) >= 128 for join in WAYS_TO_JOIN.values())
    assert np.array_equal(mean, vote)
    assert np.array_equal(median, vote)


def test_an_ensemble_is_a_row(command: Command, folder: Path, tmp_path: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}", "plots=false")
    assert command("eval", "model=otsu,background", *own).returncode == 0
    assert command("eval", "model=otsu", "model.threshold=100", "store=pack", *own).returncode == 0
    rows = "otsu,background,otsu+threshold=100"
    done = command("ensemble", f"rows={rows}", "how=vote", *own)
    assert done.returncode == 0, done.stderr
    runs = tmp_path / "reports" / "photos" / "runs"
    (run,) = runs.glob("Ensemble*")
    assert "Ensemble (vote of otsu, background, otsu+threshold=100)" in done.stdout
    assert "Background only" in done.stdout  # beside all other rows
    assert set(read_scores(run).values()) == {("ok", "1.0")}  # two of three found the tool
    about = json.loads((run / "run.json").read_text())
    assert about["command"].startswith(f"make ensemble rows={rows} how=vote dataset=folder")
    lines = [json.loads(line) for line in (run / "predictions.jsonl").read_text().splitlines()]
    parts = [
        {one["id"]: one["seconds"] for one in map(json.loads, path.read_text().splitlines())}
        for path in (runs / row / "predictions.jsonl" for row in rows.split(","))
    ]
    for line in lines:
        assert line["seconds"] == pytest.approx(sum(part[line["id"]] for part in parts))
    mask = read_mask_png(run / "masks" / "a.png")
    assert mask is not None
    assert {*np.unique(mask).tolist()} == {0, 255}


def test_what_cannot_be_joined_is_refused(command: Command, folder: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}", "plots=false")
    command("eval", "model=otsu", *own)
    for given, why in (
        ((), "name the rows to join, as rows=A,B,C"),
        (("rows=otsu",), "an ensemble needs at least two rows"),
        (("rows=otsu,isnet",), "no row is called isnet"),
        (("rows=otsu,isnet", "how=men"), "how=men: use mean, median, vote; did you mean mean"),
        (("rows=otsu", "model=otsu"), "make ensemble joins stored rows"),
    ):
        done = command("ensemble", *given, *own)
        assert done.returncode == 2
        assert why in done.stderr
