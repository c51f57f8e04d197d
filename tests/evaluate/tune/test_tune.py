"""``make tune``: its IoUs, its choice and its gain against slow and simple ones."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from evaluate.compare.statistics import Values
from evaluate.metrics.iou import iou
from evaluate.tune.cross_validation import FOLDS, cross_validate
from evaluate.tune.stored_alphas import ious_at
from tests.support.commands import Command
from tests.support.photos import make_folder


def test_ious_at_thresholds_are_those_of_cut_masks() -> None:
    rng = np.random.default_rng(0)
    alpha = rng.integers(0, 256, (30, 40), np.uint8)
    for truth in (rng.random((30, 40)) > 0.6, np.zeros((30, 40), np.bool_)):
        found = ious_at(alpha, truth, (1, 128, 255))
        assert found.tolist() == [iou(alpha >= cut, truth) for cut in (1, 128, 255)]
    empty = np.zeros((4, 5), np.uint8)
    assert ious_at(empty, empty > 0, (128,)).tolist() == [1.0]


def data(seed: int, lift: float) -> Values:
    """40 settings on 60 photos: noise, and setting 7 better by ``lift``."""
    ious = np.random.default_rng(seed).uniform(0.4, 0.9, (40, 60))
    ious[7] += lift
    return ious


def test_every_photo_counts_with_a_choice_it_had_no_part_in() -> None:
    ious, objects = data(1, 0), np.repeat(np.arange(30), 2)
    found = cross_validate(ious, 0, objects)
    assert found.chosen == max(range(40), key=lambda i: float(np.median(ious[i])))
    # The folds by brute force: those photos whose held-out objects give the stored choices.
    dealt = np.random.default_rng(0).permutation(30) % FOLDS
    held_out = np.empty(60)
    for fold in range(FOLDS):
        own = [at for at in range(60) if dealt[objects[at]] == fold]
        rest = [at for at in range(60) if at not in own]
        best = max(range(40), key=lambda i: float(np.median(ious[i, rest])))
        assert found.by_fold[fold] == best
        held_out[own] = ious[best, own]
    expected = float(np.median(held_out) - np.median(ious[0]))
    assert found.held_out.gain == pytest.approx(expected)
    assert found.held_out.interval is not None
    assert found.held_out.interval.low <= expected <= found.held_out.interval.high


def test_noise_gains_in_sample_only_and_a_real_gain_stays() -> None:
    objects = np.arange(60)
    noise = [cross_validate(data(seed, 0), 0, objects) for seed in range(8)]
    assert np.mean([one.in_sample.gain for one in noise]) > 0.05
    assert abs(np.mean([one.held_out.gain for one in noise])) < 0.04
    real = cross_validate(data(3, 0.3), 0, objects)
    assert real.chosen == 7
    assert {*real.by_fold} == {7}
    assert real.held_out.gain == real.in_sample.gain
    assert real.held_out.interval is not None
    assert real.held_out.interval.low > 0


def test_the_command_finds_a_threshold(command: Command, tmp_path: Path) -> None:
    names = [f"{i:02}" for i in range(12)]
    folder, masks = make_folder(tmp_path / "photos", names), tmp_path / "soft"
    masks.mkdir()
    rng = np.random.default_rng(0)
    for name in names:  # a soft mask: the tool above 200, a shadow up to 165
        with Pillow.open(folder / "masks" / f"{name}.png") as picture:
            truth = np.array(picture.convert("L")) > 0
        soft = np.where(
            truth, rng.integers(200, 256, truth.shape), rng.integers(0, 60, truth.shape)
        )
        soft[-20:] = rng.integers(130, 166, soft[-20:].shape)
        Pillow.fromarray(soft.astype(np.uint8)).save(masks / f"{name}.png")
    own = ("dataset=folder", f"dataset.root={folder}", "plots=false")
    soft_row = ("model=precomputed", f"model.root={masks}", "model.label=Soft")
    missing = command("tune", *soft_row, *own)
    assert missing.returncode == 2
    assert "does not exist; run: make eval model=precomputed" in missing.stderr
    assert command("eval", *soft_row, "model.foreground=white", *own).returncode == 0
    done = command("tune", *soft_row, "model.foreground=white", *own)
    assert done.returncode == 0, done.stderr
    assert "Soft: 93 settings on the stored alphas of 12 photos" in done.stdout
    assert re.search(r"Now +threshold=128 refine=none crop=full +0\.\d{3} +\d+%\n", done.stdout)
    assert re.search(r"Chosen on other photos \(10 folds\) .* \d\.\d{3} +\+0\.\d", done.stdout)
    assert "Fits at 3 px" in done.stdout
    assert "Chosen by the median IoU alone: a setting with a higher IoU may fit" in done.stdout
    assert "10 of 10 folds chose threshold=168 refine=none crop=full too." in done.stdout
    assert "Take threshold=168: expect +0." in done.stdout
