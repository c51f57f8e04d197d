"""How masks are read, from the command line: said, chosen, refused; never wrong without a word."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as rle

from tests.datasets.reading import mask_files as write
from tests.datasets.reading.mask_files import MaskFolder, levels, rim, shapes
from tests.support.commands import Command
from tests.support.photos import make_folder, opened

TRUTHS = shapes(3)


def label_maps(root: Path) -> Path:
    def one(path: Path, truth: write.Mask, _: int) -> None:
        drawn = levels(truth, 0, 1)
        drawn[rim(truth)] = 255
        write.pillow(path, drawn)

    MaskFolder(root).write(TRUTHS, one)
    return root


def two_levels(root: Path, background: int, tool: int) -> Path:
    MaskFolder(root).write(
        TRUTHS, lambda path, truth, _: write.pillow(path, levels(truth, background, tool))
    )
    return root


def ious(tmp_path: Path, name: str) -> list[float]:
    """Those of the only row."""
    (scores,) = (tmp_path / "reports" / name / "runs").glob("*/scores.csv")
    return [float(line.split(",")[2]) for line in scores.read_text().splitlines()[1:]]


def test_a_label_map_is_refused_with_a_choice_that_works(command: Command, tmp_path: Path) -> None:
    own = ("dataset=folder", f"dataset.root={label_maps(tmp_path / 'maps')}", "model=otsu")
    refused = command("eval", *own)
    assert refused.returncode == 2
    assert "label map: they have levels 0" in refused.stderr
    for part in ("dataset.labels=[1]", "dataset.void=[255]"):
        assert f"'{part}'" in refused.stderr

    done = command("eval", *own, "dataset.labels=[1]", "dataset.void=[255]")
    assert done.returncode == 0, done.stderr
    line = "3 masks, levels 0, 1 and 255: 1 is the tool, 255 not scored, the rest background"
    assert line in done.stderr
    assert line in (tmp_path / "reports" / "maps" / "comparison.md").read_text()
    scores = json.loads((tmp_path / "reports/maps/runs/otsu/scores.json").read_bytes())
    assert line in scores["notices"]
    assert ious(tmp_path, "maps") == [1, 1, 1]


def test_void_counts_for_no_measure(command: Command, tmp_path: Path) -> None:
    """A mask that covers the void too scores as one that does not."""
    root = label_maps(tmp_path / "maps")
    (tmp_path / "wide").mkdir()
    for name, truth in zip("abc", TRUTHS, strict=True):
        write.pillow(tmp_path / "wide" / f"{name}.png", levels(truth | rim(truth), 0, 255))
    own = ("dataset=folder", f"dataset.root={root}", "dataset.labels=[1]")
    wide = ("model=precomputed", f"model.root={tmp_path / 'wide'}", "model.label=Wide")
    assert command("eval", *own, *wide, "dataset.void=[255]").returncode == 0
    assert ious(tmp_path, "maps") == [1, 1, 1]
    assert command("eval", *own, *wide).returncode == 0
    assert max(ious(tmp_path, "maps")) < 0.9


@pytest.mark.parametrize("inverted", [False, True])
def test_precomputed_masks_have_a_vote_of_their_own(
    command: Command, tmp_path: Path, inverted: bool
) -> None:
    root = make_folder(tmp_path / "photos", ["a", "b", "c"])
    (tmp_path / "own").mkdir()
    for path in (root / "masks").iterdir():
        mask = np.asarray(opened(path)).astype(np.uint8) * 255
        write.pillow(tmp_path / "own" / path.name, 255 - mask if inverted else mask)
    own = ("dataset=folder", f"dataset.root={root}", "model=precomputed", "model.label=Mine")
    done = command("eval", *own, f"model.root={tmp_path / 'own'}")
    assert done.returncode == 0, done.stderr
    report = (tmp_path / "reports/photos/comparison.md").read_text()
    assert "| 1.000" in report
    assert ("0 is the tool, by the masks' borders" in report) == inverted
    told = command("eval", *own, f"model.root={tmp_path / 'own'}", "model.foreground=black")
    swapped = "inverted, its masks would have a median IoU of 1.000 instead of 0.000"
    assert (swapped in told.stdout + told.stderr) != inverted


def test_precomputed_label_maps_are_refused(command: Command, tmp_path: Path) -> None:
    root = label_maps(tmp_path / "maps")
    own = ("dataset=folder", f"dataset.root={root}", "dataset.void=[255]")
    masks = ("model=precomputed", f"model.root={root / 'masks'}", "model.label=Mine")
    refused = command("eval", *own, *masks)
    assert refused.returncode == 2
    assert "label map: they have levels 0" in refused.stderr
    assert "export masks of two levels" in refused.stderr


def black(root: Path) -> list[str]:
    for name in "ab":
        write.pillow(root / "masks" / f"{name}.png", np.zeros((120, 90), np.uint8))
    return ["dataset=folder", "dataset.foreground=white"]


def cut_outs_of_nothing(root: Path) -> list[str]:
    for name in "ab":
        photo = np.asarray(opened(root / "images" / f"{name}.png"))
        write.pillow(root / f"{name}.png", write.with_alpha(photo, 0))
    return ["dataset=cutouts"]


def labels_of(root: Path, text: str) -> list[str]:
    (root / "labels").mkdir()
    for name in "ab":
        (root / "labels" / f"{name}.txt").write_text(text)
    return ["dataset=yolo"]


def empty_run_lengths(root: Path) -> list[str]:
    images = [
        {"id": number, "file_name": f"images/{name}.png", "height": 120, "width": 90}
        for number, name in enumerate("ab")
    ]
    mask = rle.encode(np.zeros((120, 90), np.uint8, order="F"))
    entry = {"segmentation": {**mask, "counts": mask["counts"].decode()}, "category_id": 1}
    annotations = [{"id": number, "image_id": number, **entry} for number in range(2)]
    content = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "x"}]}
    (root / "all.json").write_text(json.dumps(content))
    return ["dataset=coco"]


@pytest.mark.parametrize(
    "empty",
    [
        black,
        cut_outs_of_nothing,
        empty_run_lengths,
        lambda root: labels_of(root, ""),
        lambda root: labels_of(root, "\n\n"),
    ],
    ids=["black masks", "cut-outs", "run lengths", "empty labels", "blank labels"],
)
def test_a_set_whose_every_truth_is_empty_says_so(
    command: Command, tmp_path: Path, empty: Callable[[Path], list[str]]
) -> None:
    root = make_folder(tmp_path / "photos", ["a", "b"])
    own = [*empty(root), f"dataset.root={root}"]
    done = command("eval", *own, "model=otsu")
    assert done.returncode == 3
    assert "2 of 2 truths are empty, so no score here says anything" in done.stderr
    assert "2 of 2 truths are empty" in (tmp_path / "reports/photos/comparison.md").read_text()


@pytest.mark.parametrize("levels_", [(0, 255), (0, 38), (255, 0)])
@pytest.mark.parametrize("full", [True, False])
def test_the_audit_names_the_reading(
    command: Command, tmp_path: Path, levels_: tuple[int, int], full: bool
) -> None:
    root = two_levels(tmp_path / "photos", *levels_)
    blank = np.full((48, 40), levels_[int(full)], np.uint8)
    write.pillow(root / "masks" / "a.png", blank)
    done = command("audit", "dataset=folder", f"dataset.root={root}")
    low, high = sorted(levels_)
    told = f"it is read wrongly (3 masks, levels {low} and {high}: {levels_[1]} is the tool"
    assert told in done.stdout
    assert "dataset.labels" in done.stdout
