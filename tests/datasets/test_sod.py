"""The public sets, each laid out as it is handed out."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.sod import load
from datasets.training_overlap import SETS, recognised
from tests.support.commands import Command
from tests.support.photos import photo
from tests.support.runs import read_scores

LAYOUTS = {
    "ECSSD": ("ECSSD/images", "ECSSD/ground_truth_mask", "jpg"),
    "HKU-IS": ("HKU-IS/imgs", "HKU-IS/gt", "png"),
    "DUTS-TE": ("DUTS-TE/DUTS-TE-Image", "DUTS-TE/DUTS-TE-Mask", "jpg"),
    "DUT-OMRON": ("DUT-OMRON/DUT-OMRON-image", "DUT-OMRON/pixelwiseGT-new-PNG", "jpg"),
    "PASCAL-S": ("PASCAL-S/datasets/imgs/pascal", "PASCAL-S/datasets/masks/pascal", "jpg"),
    "DIS-VD": ("DIS5K/DIS-VD/im", "DIS5K/DIS-VD/gt", "jpg"),
    "HRSOD-TE": ("HRSOD_release/HRSOD_test", "HRSOD_release/HRSOD_test_mask", "jpg"),
    "UHRSD-TE": ("UHRSD_TE_2K/image", "UHRSD_TE_2K/mask", "jpg"),
    "DAVIS-S": ("Test_Dataset/DAVIS-S/images", "Test_Dataset/DAVIS-S/masks", "png"),
    "MSRA-10K": ("MSRA10K/Imgs", "MSRA10K/Imgs", "jpg"),
}


def add_pairs(photos: Path, masks: Path, suffix: str = "jpg", count: int = 2) -> None:
    """Photos and white-on-black masks under the same names."""
    image, mask = photo()
    for place in (photos, masks):
        place.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Pillow.fromarray(image).save(photos / f"{i:04}.{suffix}", quality=95)
        Pillow.fromarray(mask).convert("L").save(masks / f"{i:04}.png")


def strangers(root: Path) -> None:
    """A photo and a mask that have nothing to do with each other."""
    add_pairs(root / "im", root / "gt", count=1)
    (root / "gt" / "0000.png").rename(root / "gt" / "a.png")


def open_set(root: Path, name: str | None = None) -> Dataset:
    return load(str(root), "set", name)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_set_is_read_from_its_folder_or_the_one_above(tmp_path: Path, name: str) -> None:
    photos, masks, suffix = LAYOUTS[name]
    add_pairs(tmp_path / photos, tmp_path / masks, suffix)
    (tmp_path / "__MACOSX" / "gt").mkdir(parents=True)
    for root in (tmp_path, tmp_path / Path(photos).parts[0]):
        dataset = open_set(root)
        assert [s.id for s in dataset.samples] == ["0000", "0001"]
        sample = dataset.samples[0]
        assert sample.image_path == tmp_path / photos / f"0000.{suffix}"
        assert (dataset.truth(sample, (120, 90))[0] == photo()[1]).all()
        assert np.abs(sample.photo().astype(int) - photo()[0]).mean() < 5
        assert not dataset.problems
        assert name in dataset.notices[0] or name == "MSRA-10K"


def test_one_of_several_is_chosen_by_name(tmp_path: Path) -> None:
    for i, name in enumerate(("DIS-TR", "DIS-TE1", "DIS-TE2")):
        add_pairs(tmp_path / "DIS5K" / name / "im", tmp_path / "DIS5K" / name / "gt", count=i + 1)
    with pytest.raises(DatasetError) as caught:
        open_set(tmp_path)
    assert "3 sets in it; add dataset.set=NAME" in str(caught.value)
    assert "DIS5K/DIS-TE1/im, DIS5K/DIS-TE2/im, DIS5K/DIS-TR/im" in str(caught.value)
    assert len(open_set(tmp_path, "dis-te1").samples) == 2
    assert len(open_set(tmp_path, "DIS5K/DIS-TE2").samples) == 3
    assert len(open_set(tmp_path / "DIS5K" / "DIS-TR").samples) == 1
    with pytest.raises(DatasetError, match=r"0 sets fit dataset\.set=ECSSD; .*DIS5K/DIS-TE1/im"):
        open_set(tmp_path, "ECSSD")
    with pytest.raises(DatasetError, match=r"3 sets fit dataset\.set=im; "):
        open_set(tmp_path, "im")


def test_two_splits_side_by_side_do_not_mix(tmp_path: Path) -> None:
    add_pairs(tmp_path / "HRSOD_test", tmp_path / "HRSOD_test_mask", count=1)
    add_pairs(tmp_path / "HRSOD_train", tmp_path / "HRSOD_train_mask", count=3)
    dataset = open_set(tmp_path, "HRSOD_train")
    assert len(dataset.samples) == 3
    assert "trained on HRSOD-TR" in dataset.notices[0]


def test_two_folders_of_masks_are_refused(tmp_path: Path) -> None:
    add_pairs(tmp_path / "images", tmp_path / "gt")
    add_pairs(tmp_path / "images", tmp_path / "masks")
    with pytest.raises(DatasetError, match=r"images: has masks in gt and masks; rename"):
        open_set(tmp_path)


def test_what_has_no_partner_is_named_and_then_counted(tmp_path: Path) -> None:
    photos, masks = tmp_path / "HKU-IS" / "imgs", tmp_path / "HKU-IS" / "gt"
    add_pairs(photos, masks, "png", count=30)
    for i in range(20):
        (masks / f"{i:04}.png").unlink()
    (photos / "0029.png").unlink()
    dataset = open_set(tmp_path)
    assert len(dataset.samples) == 9
    assert dataset.problems[0].startswith(f"{photos}/0000.png: photo without mask; add gt/0000.png")
    assert dataset.problems[5] == f"{photos}: 15 more photos without mask"
    assert dataset.problems[6].startswith(f"{masks}/0029.png: mask without photo")
    assert len(dataset.problems) == 7


@pytest.mark.parametrize(
    ("folders", "name"),
    [
        ("TE-HRSOD/im", "HRSOD-TE"),
        ("UHRSD_TE_2K/image", "UHRSD-TE"),
        ("DUTS/Test/Image", "DUTS-TE"),
        ("HKUIS/Image", "HKU-IS"),
        ("dis5k/DIS-TE4/im", "DIS-TE4"),
        ("Test_Dataset/DUTS-TR/images", "DUTS-TR"),
        ("my tools/images", None),
        ("HRSOD/images", None),
    ],
)
def test_folder_names_stand_for_sets(folders: str, name: str | None) -> None:
    assert recognised(folders) == name


@pytest.mark.parametrize("name", sorted(SETS))
def test_each_set_is_recognised_by_its_own_name(name: str) -> None:
    assert recognised(f"{name}/images") == name


@pytest.mark.parametrize(
    ("folder", "present", "absent"),
    [
        ("ECSSD", ["InSPyReNet", "docs/model_zoo.md"], ["U2-Net", "BiRefNet", "IS-Net"]),
        ("DUTS-TR", ["InSPyReNet", "U2-Net", "BiRefNet HRSOD_DHU"], ["IS-Net"]),
        ("DIS-TR", ["IS-Net", "BiRefNet DIS", "InSPyReNet"], ["U2-Net"]),
        ("DIS-VD", ["InSPyReNet"], ["BiRefNet", "IS-Net"]),
        ("mine", ["is not recorded here"], ["InSPyReNet"]),
    ],
)
def test_the_notice_names_who_trained_on_this_set_alone(
    tmp_path: Path, folder: str, present: list[str], absent: list[str]
) -> None:
    add_pairs(tmp_path / folder / "im", tmp_path / folder / "gt")
    (notice,) = open_set(tmp_path / folder).notices
    assert all(text in notice for text in present)
    assert not any(text in notice for text in absent)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: None, r"does not exist; dataset\.root must be a public set"),
        (lambda root: (root / "x").mkdir(parents=True), r"no set in it; .*; it holds x/$"),
        (strangers, r"nothing to evaluate \(1 photo, 1 mask, no stem in common\)"),
    ],
)
def test_the_wrong_folder_is_told(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / "photos")
    with pytest.raises(DatasetError, match=message):
        open_set(tmp_path / "photos")


def test_each_set_has_a_report_of_its_own(command: Command, tmp_path: Path) -> None:
    for name in ("2024", "ECSSD"):
        add_pairs(tmp_path / "sets" / name / "images", tmp_path / "sets" / name / "masks")
        own = (f"dataset.root={tmp_path}/sets", f"dataset.set={name}")
        done = command("eval", "model=otsu", "dataset=sod", *own)
        assert done.returncode == 0, done.stderr
        scores = read_scores(tmp_path / "reports" / name / "runs/otsu")
        assert scores["0000"][0] == "ok"
        assert float(scores["0000"][1]) > 0.98
    page = (tmp_path / "reports/ECSSD/comparison.md").read_text()
    assert "InSPyReNet of transparent-background" in page
