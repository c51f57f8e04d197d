"""Paths that a table lists stay below the dataset's root: links may lead out, names may not."""

import json
from pathlib import Path

import pytest

from datasets import coco, imagefolder
from datasets.dataset import Dataset
from datasets.errors import DatasetError
from tests.support.photos import make_folder


@pytest.fixture
def place(tmp_path: Path) -> Path:
    make_folder(tmp_path / "secret", ["s"])
    return make_folder(tmp_path / "set", ["a"])


def load(place: Path, form: str, photos: list[str], masks: list[str]) -> Dataset:
    if form == "imagefolder":
        rows = [
            json.dumps({"file_name": photo, "mask_file_name": mask})
            for photo, mask in zip(photos, masks, strict=True)
        ]
        (place / "metadata.jsonl").write_text("\n".join(rows))
        return imagefolder.load(str(place), "set", None, None, "auto")
    images = [
        {"id": n, "file_name": name, "width": 90, "height": 120} for n, name in enumerate(photos)
    ]
    mask = {"id": 1, "image_id": 0, "category_id": 1, "segmentation": [[0, 0, 9, 0, 9, 9]]}
    content = {"images": images, "annotations": [mask], "categories": []}
    (place / "all.json").write_text(json.dumps(content))
    return coco.load(str(place), "set", str(place / "all.json"), None)


@pytest.mark.parametrize("form", ["imagefolder", "coco"])
@pytest.mark.parametrize(
    "name", ["../secret/images/s.png", "images/../../secret/images/s.png", "/"]
)
def test_a_photo_outside_the_root_is_refused_by_name(place: Path, form: str, name: str) -> None:
    if name == "/":
        name = str(place.parent / "secret/images/s.png")
    dataset = load(place, form, ["images/a.png", name], ["masks/a.png", "masks/a.png"])
    assert [sample.id for sample in dataset.samples] == ["a"]
    (problem,) = dataset.problems
    assert f"1 path outside {place} ({name}); put the files below it" in problem


def test_a_mask_outside_the_root_is_refused(place: Path) -> None:
    with pytest.raises(DatasetError, match=r"1 path outside .*secret/masks/s\.png"):
        load(place, "imagefolder", ["images/a.png"], ["../secret/masks/s.png"])


@pytest.mark.parametrize("form", ["imagefolder", "coco"])
def test_a_link_below_the_root_may_lead_out(place: Path, form: str) -> None:
    (place / "images" / "s.png").symlink_to(place.parent / "secret/images/s.png")
    dataset = load(place, form, ["images/s.png"], ["masks/a.png"])
    assert [sample.id for sample in dataset.samples] == ["s"]
    assert not dataset.problems


@pytest.mark.parametrize("form", ["imagefolder", "coco"])
@pytest.mark.parametrize("name", ["x" * 5000, "nu\0ll.png", "images", "."])
def test_a_name_that_is_no_file_is_missing(place: Path, form: str, name: str) -> None:
    dataset = load(place, form, ["images/a.png", name], ["masks/a.png", "masks/a.png"])
    assert [sample.id for sample in dataset.samples] == ["a"]
    assert "not there" in dataset.problems[0]
