"""COCO instances: what pycocotools wrote and drew is what is read and drawn here."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image as Pillow
from pycocotools import mask as rle
from pycocotools.coco import COCO

from datasets.arrays import Mask
from datasets.coco import load
from datasets.dataset import Dataset
from datasets.decoding.coco_masks import Instances
from datasets.errors import DatasetError
from datasets.pictures import PictureError
from tests.support.photos import photo

WRENCH, PLIERS = 7, 3
SIZE = (120, 90)


def polygons(mask: Mask) -> list[list[float]]:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return [(contour.ravel() + 0.25).tolist() for contour in contours]


def compressed(mask: Mask) -> dict[str, Any]:
    encoded = rle.encode(np.asfortranarray(mask, np.uint8))
    return {"size": encoded["size"], "counts": encoded["counts"].decode()}


def uncompressed(mask: Mask) -> dict[str, Any]:
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff([0, *edges, flat.size]).tolist()
    return {"size": list(mask.shape), "counts": [0] * bool(flat[0]) + runs}


def blob(seed: int) -> Mask:
    noise = np.random.default_rng(seed).random(SIZE).astype(np.float32)
    smooth: Mask = cv2.GaussianBlur(noise, (0, 0), 6) > 0.51
    return smooth


def image(number: int, file_name: str) -> dict[str, Any]:
    return {"id": number, "file_name": file_name, "height": SIZE[0], "width": SIZE[1]}


def instance(of: int, mask: object, category: int = WRENCH, **more: object) -> dict[str, Any]:
    entry = {"id": -1, "image_id": of, "category_id": category, "segmentation": mask}
    return {**entry, "iscrowd": 0, "bbox": [0, 0, 9, 9], "area": 81, **more}


def write(root: Path, images: list[dict[str, Any]], instances: list[dict[str, Any]]) -> Path:
    """Photos below ``root`` and the file beside it, annotations numbered from 100."""
    for entry in images:
        path = root / entry["file_name"]
        path.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(photo()[0]).save(path)
    numbered = [{**entry, "id": 100 + i} for i, entry in enumerate(instances)]
    names = {WRENCH: "wrench", PLIERS: "pliers", 1: "hex key"}
    categories = [{"id": number, "name": name} for number, name in names.items()]
    file = root.parent / "instances.json"
    file.write_text(
        json.dumps({"images": images, "annotations": numbered, "categories": categories})
    )
    return file


def drawn(dataset: Dataset) -> dict[str, Mask]:
    return {sample.id: dataset.truth(sample, SIZE)[0] for sample in dataset.samples}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Four photos: polygons, compressed and plain run lengths, all mixed, and none."""
    place = tmp_path / "photos"
    write(
        place,
        [image(i, f"{i}.png") for i in (4, 3, 2, 1)],
        [
            instance(1, polygons(blob(1))),
            instance(2, compressed(blob(2))),
            instance(2, uncompressed(blob(3)), PLIERS),
            instance(3, polygons(blob(4))),
            instance(3, compressed(blob(5)), iscrowd=1),
            instance(3, uncompressed(~blob(6)), PLIERS, iscrowd=1),
        ],
    )
    return place


@pytest.mark.parametrize(
    ("categories", "ids"),
    [(None, "1234"), (["wrench"], "123"), (["pliers"], "23"), (["wrench", "pliers"], "123")],
)
def test_truth_is_what_pycocotools_draws(
    root: Path, categories: list[str] | None, ids: str
) -> None:
    truths = drawn(load(str(root), "photos", None, categories))
    with contextlib.redirect_stdout(io.StringIO()):
        theirs = COCO(root.parent / "instances.json")
        wanted = theirs.getCatIds(catNms=categories or [])
    assert "".join(truths) == ids
    for one, truth in truths.items():
        expected = np.zeros(SIZE, bool)
        for entry in theirs.loadAnns(theirs.getAnnIds(imgIds=[int(one)], catIds=wanted)):
            expected |= theirs.annToMask(entry) > 0
        assert (truth == expected).all()
        assert truth.any() == (one != "4")


def test_photos_that_show_nothing_asked_for_are_noticed(root: Path) -> None:
    (empty,) = load(str(root), "photos", None, None).notices
    assert empty == "1 of 4 photos have no annotation; their truth is empty"
    (out,) = load(str(root), "photos", None, "pliers").notices
    assert out == "2 of 4 photos show none of the categories; they are left out"


@given(arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_run_lengths_of_any_mask_come_back(mask: Mask) -> None:
    size = (mask.shape[0], mask.shape[1])
    for encoded in (compressed(mask), uncompressed(mask)):
        levels, absolute = Instances(Path("a.json"), ((1, encoded),), size).levels((50, 50))
        assert absolute
        assert (levels == mask * 255).all()


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        ({"size": [120, 90], "counts": [5, 7]}, "do not add up"),
        ({"size": [120, 90], "counts": [-5, 10805]}, "do not add up"),
        ({"size": [120, 90], "counts": "h3\u00e9"}, "does not belong in run lengths"),
        ({"size": [120, 90], "counts": "P"}, "break off"),
        ({"size": [90, 120], "counts": [10800]}, "its size is"),
        ({"size": [120, 90], "counts": None}, "neither a text nor a list"),
        ({"size": [120, 90], "counts": [1.5, 2]}, "neither a text nor a list"),
        ({"size": [120, 90], "counts": [10**30]}, "do not add up"),
        ({"size": [120, 90], "counts": "ooooooooooooo0"}, "longer than any photo"),
        ({"counts": [10800]}, "its size is None"),
        ([[1, 2, 3, 4, 5, 6, 7]], "odd number"),
        ([["a", 2, 3, 4, 5, 6]], "convert string"),
        ([[10**400, 2, 3, 4, 5, 6]], "too large"),
        ([[0, 0, 1e9, 0, 0, 1e9]], "far outside"),
        ([[0, 0, float("nan"), 0, 0, 9]], "far outside"),
        ([[0, 0, 1e300, 0, 0, 9]], "far outside"),
        ([[0, 0, 10**400, 0, 0, 9]], "too large"),
        ([[-500, 0, 500, 0, -500, 9] * 1000], "longer than the photo has pixels"),
    ],
)
def test_a_mask_that_cannot_be_drawn_names_its_annotation(
    tmp_path: Path, mask: object, reason: str
) -> None:
    write(tmp_path / "photos", [image(1, "a.png")], [instance(1, mask)])
    dataset = load(str(tmp_path / "photos"), "photos", None, None)
    with pytest.raises(PictureError, match=rf"instances\.json: annotation 100.*{reason}"):
        drawn(dataset)


@pytest.mark.parametrize(
    "mask", [None, [], [[1, 2, 3, 4]], [[5, 5, 9, 5, 9, 9], [1, 2]], "text", [4, 4, 9, 9]]
)
def test_a_photo_with_a_box_for_a_mask_is_out_and_named(root: Path, mask: object) -> None:
    write(
        root,
        [image(i, f"{i}.png") for i in (1, 2)],
        [instance(1, polygons(blob(1))), instance(2, polygons(blob(2))), instance(2, mask)],
    )
    dataset = load(str(root), "photos", None, None)
    assert list(drawn(dataset)) == ["1"]
    assert "1 photo left out" in dataset.problems[0]
    assert "id 102 of 2.png" in dataset.problems[0]


def test_annotations_of_photos_that_are_not_listed_are_named(tmp_path: Path) -> None:
    """As where photos were taken out of the list; none of those in it is missing."""
    lost = {**instance(2, polygons(blob(2))), "image_id": 3}
    images = [image(1, "1.png"), image(2, "2.png")]
    write(tmp_path / "photos", images, [instance(1, polygons(blob(1))), lost])
    dataset = load(str(tmp_path / "photos"), "photos", None, None)
    assert "of 1 photo that it does not list (image_id 3)" in dataset.warnings[0]
    assert not dataset.problems


@pytest.mark.parametrize("ids", [("1", 1), (1, "1"), ("1", "1")])
def test_ids_may_be_texts_or_numbers(tmp_path: Path, ids: tuple[object, object]) -> None:
    root = tmp_path / "photos"
    entry = {**instance(1, polygons(blob(1))), "image_id": ids[1]}
    write(root, [{**image(1, "1.png"), "id": ids[0]}], [entry])
    dataset = load(str(root), "photos", None, None)
    assert not dataset.warnings
    assert drawn(dataset)["1"].any()


def test_missing_photos_are_one_line(tmp_path: Path) -> None:
    images = [image(i, f"{i}.png") for i in range(1, 10)]
    write(tmp_path / "photos", images, [instance(2, polygons(blob(1)))])
    for i in range(2, 10):
        (tmp_path / "photos" / f"{i}.png").unlink()
    dataset = load(str(tmp_path / "photos"), "photos", None, None)
    assert list(drawn(dataset)) == ["1"]
    (problem,) = dataset.problems
    assert "8 photos of" in problem
    assert "(2.png, 3.png, 4.png, 5.png, 6.png and 3 more)" in problem
    assert dataset.notices == ("1 of 1 photos have no annotation; their truth is empty",)


def test_stems_that_collide_become_paths(tmp_path: Path) -> None:
    names = ["a/1.png", "b/1.png", "b/2.png", "b/2.jpg", "3.png", "schlu\u0308ssel.png"]
    images = [image(i, name) for i, name in enumerate(names)]
    write(tmp_path / "photos", images, [instance(0, polygons(blob(1)))])
    (tmp_path / "photos" / names[-1]).rename(tmp_path / "photos" / "schl\u00fcssel.png")
    dataset = load(str(tmp_path / "photos"), "photos", None, None)
    assert list(drawn(dataset)) == ["3", "a-1", "b-1", "b-2.jpg", "b-2.png", "schlüssel"]


def test_annotations_of_another_size_are_brought_to_the_photo(root: Path) -> None:
    dataset = load(str(root), "photos", None, None)
    truth, tags = dataset.truth(dataset.samples[0], (240, 180))
    assert tags == ("truth_resized",)
    assert (truth[::2, ::2] == drawn(dataset)["1"]).all()
    with pytest.raises(PictureError, match="turned by 90°"):
        dataset.truth(dataset.samples[0], (90, 120))


def test_the_file_is_found_or_asked_for(root: Path) -> None:
    there = (root.parent / "instances.json").rename(root / "instances.json")
    assert len(load(str(root), "photos", None, None).samples) == 4
    (root.parent / "annotations").mkdir()
    (root.parent / "annotations" / "captions.json").write_text("{}")
    with pytest.raises(DatasetError, match=r"annotations= one of .*instances.*, .*captions"):
        load(str(root), "photos", None, None)
    assert len(load(str(root), "photos", str(there), None).samples) == 4


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "no JSON"),
        ("[]", "a flat list, as models' results are; .*lists images, annotations, categories"),
        ('[{"image_id": 1, "category_id": 1, "segmentation": [], "score": 1}]', "a flat list"),
        ('[{"image_id": 1, "bbox": [0, 0, 1, 1], "score": 1}]', "a flat list"),
        ('[{"segmentation": {"size": [1, 1], "counts": "1"}}]', "a flat list"),
        ("[[], []]", "a flat list"),
        ('{"images": [], "categories": []}', "has no annotations, as of a test set; expected"),
        ('{"info": {}, "images": [{"id": 1}]}', "has no annotations, as of a test set; expected"),
        ('{"images": [], "annotations": null, "categories": []}', "no COCO instances; expected"),
        ('{"images": {}, "annotations": [], "categories": []}', "no COCO instances; expected"),
        ("3", "expected lists images, annotations, categories, found int"),
        ('{"images": [], "shapes": 1}', "found images, shapes"),
        ('{"images": [], "annotations": [], "categories": []}', r"evaluate \(of 0 photos"),
        ('{"images": [{"id": 1}], "annotations": [], "categories": []}', "without 'file_name'"),
        ('{"images": [3], "annotations": [], "categories": []}', "not as COCO's"),
        (
            '{"images": [{"id": 1, "file_name": "a.png", "width": 90000, "height": 90000}],'
            '"annotations": [], "categories": []}',
            r"a\.png: its size is \[90000, 90000\], more than",
        ),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_another_file_is_refused(root: Path, text: str, reason: str) -> None:
    (root.parent / "instances.json").write_text(text)
    with pytest.raises(DatasetError, match=rf"instances\.json.*{reason}"):
        load(str(root), "photos", None, None)


def test_a_file_without_annotations_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "photos", [image(1, "a.png"), image(2, "b.png")], [])
    with pytest.raises(DatasetError, match="annotations is empty, so every truth would be; export"):
        load(str(tmp_path / "photos"), "photos", None, None)


def test_another_folder_is_refused(root: Path) -> None:
    with pytest.raises(DatasetError, match=r"nowhere does not exist; dataset\.root must be"):
        load(str(root / "nowhere"), "photos", None, None)
    (root.parent / "instances.json").unlink()
    with pytest.raises(DatasetError, match=r"no \*\.json in it.*it holds 1\.png, 2\.png"):
        load(str(root), "photos", None, None)
    with pytest.raises(DatasetError, match=r"gone\.json: No such file.*dataset\.annotations"):
        load(str(root), "photos", str(root / "gone.json"), None)


def test_an_unknown_category_lists_those_there_are(root: Path) -> None:
    with pytest.raises(DatasetError, match="no category hammer; there are: 'hex key', 'pliers'"):
        load(str(root), "photos", None, ["wrench", "hammer"])
