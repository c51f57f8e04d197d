"""``make next``: disagreement and order against simple computations, and the command."""

import csv
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from evaluate.metrics.iou import iou
from evaluate.next_photos.disagreement import pairwise_ious
from evaluate.next_photos.spread import clusters, spread_order
from tests.support.commands import Command
from tests.support.photos import make_folder


def test_pairwise_ious() -> None:
    rng = np.random.default_rng(0)
    masks = [rng.random((9, 7)) > cut for cut in (0.2, 0.5, 0.7)]
    found = pairwise_ious([*masks, None])
    whole = [*masks, np.zeros((9, 7), np.bool_)]
    for i, j in combinations(range(4), 2):
        assert found[i, j] == found[j, i] == iou(whole[i], whole[j])
    assert np.diag(found).tolist() == [1, 1, 1, 1]


def test_the_order_is_that_of_a_search_through_all_photos() -> None:
    rng = np.random.default_rng(1)
    values, strata = rng.random(60), [f"s{i}" for i in rng.integers(0, 5, 60)]
    left, expected = list(range(60)), list[int]()
    while left:
        taken = [strata[at] for at in expected]
        expected.append(max(left, key=lambda at: values[at] / (1 + taken.count(strata[at]))))
        left.remove(expected[-1])
    assert spread_order(values, strata) == expected


def test_clusters_are_of_pictures_that_look_alike() -> None:
    pictures = [np.full((8, 8, 3), level, np.uint8) for level in (10, 240, 12, 238, 11, 241)]
    found = clusters([*pictures, None])
    assert found == ["cluster 1", "cluster 2"] * 3 + ["unreadable"]


def test_photos_without_masks_are_listed(command: Command, tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "photos", list("abcdefgh"))
    for name in "cdefgh":
        (folder / "masks" / f"{name}.png").unlink()
    Pillow.new("RGB", (90, 120), "white").save(folder / "images" / "e.png")  # no tool in it
    own = ("dataset=photos", f"dataset.root={folder}")
    wrong = command("next", "dataset=folder", f"dataset.root={folder}")
    assert wrong.returncode == 2
    assert "make next dataset=photos dataset.root=DIR" in wrong.stderr
    none = command("next", *own)
    assert none.returncode == 2
    assert "two rows of these 8 photos are needed; run: make run model=A,B" in none.stderr
    ran = command("run", "model=otsu,background", *own)
    assert ran.returncode == 0
    assert f"/otsu; next: make next dataset=photos dataset.root={folder}" in ran.stdout
    done = command("next", "next_photos=4", *own)
    assert done.returncode == 0, done.stderr
    assert "Trace next, of 6 photos without a mask" in done.stdout
    assert "no ranking of quality" in done.stdout
    header, _, *lines = done.stdout.splitlines()[1:7]
    assert header.split() == ["Photo", "Worth", "Disagreement", "Stratum"]
    worths = [float(line.split()[1]) for line in lines]
    assert worths == sorted(worths, reverse=True)
    table = tmp_path / "reports" / "photos-photos" / "next.csv"
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[0] == ["id", "disagreement", "stratum"]
    assert sorted(row[0] for row in rows[1:]) == list("cdefgh")
    by_id = {row[0]: float(row[1]) for row in rows[1:]}
    assert by_id["c"] == 1
    Pillow.new("L", (90, 120), 255).save(folder / "masks" / "c.png")
    traced = command("next", *own)  # the same runs, though a photo has a mask by now
    assert "Trace next, of 5 photos without a mask" in traced.stdout
    scored = ("dataset=folder", f"dataset.root={folder}", "plots=false")
    command("eval", "model=otsu,background", *scored)
    assert "More traced photos that it takes to separate" in command("next", *own).stdout
    assert command("next", "model=otsu", *own).returncode == 2
