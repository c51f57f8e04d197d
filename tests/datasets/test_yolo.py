"""Ultralytics' segmentation layout: outlines in text files, a line an object."""

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from pycocotools import mask as rle

from datasets.arrays import Mask
from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.pictures import PictureError
from datasets.yolo import LabelFile, load
from tests.support.photos import photo

HEIGHT, WIDTH = 60, 80
LEFT = [(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)]
TRIANGLE = [(0.5125, 0.25), (0.9, 0.35), (0.7, 0.8833)]


def line(number: int, points: list[tuple[float, float]]) -> str:
    return " ".join(map(str, (number, *np.ravel(points)))) + "\n"


def add(root: Path, stem: str, text: str | None, split: str = "") -> None:
    for part in ("images", "labels"):
        (root / part / split).mkdir(parents=True, exist_ok=True)
    Pillow.fromarray(photo(WIDTH, HEIGHT)[0]).save(root / "images" / split / f"{stem}.png")
    if text is not None:
        (root / "labels" / split / f"{stem}.txt").write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """a: two objects of two classes, b: none, c: without label file, d: one object."""
    place = tmp_path / "set"
    add(place, "a", line(0, LEFT) + "\n" + line(2, TRIANGLE))
    add(place, "b", "")
    add(place, "c", None)
    add(place, "d", line(1, TRIANGLE))
    return place


def drawn(dataset: Dataset) -> dict[str, Mask]:
    return {sample.id: dataset.truth(sample, (HEIGHT, WIDTH))[0] for sample in dataset.samples}


def test_outlines_are_drawn_at_the_photos_size_and_united(root: Path) -> None:
    dataset = load(str(root), "set", None, None)
    truths = drawn(dataset)
    points = [float(c) for c in np.multiply(TRIANGLE, (WIDTH, HEIGHT)).ravel()]
    triangle = rle.decode(rle.frPyObjects([points], HEIGHT, WIDTH))[:, :, 0] > 0
    left = np.arange(WIDTH) < WIDTH / 2
    assert list(truths) == ["a", "b", "c", "d"]
    assert (truths["a"] == (triangle | left)).all()
    assert (truths["d"] == triangle).all()
    assert not truths["b"].any()
    assert not truths["c"].any()
    assert dataset.notices == ("1 of 4 photos have no label file; their truth is empty",)
    assert not dataset.problems
    assert dataset.foreground == "white"


def test_a_pixel_is_inside_where_its_centre_is(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 0.2 0.3 0.6 0.3 0.6 0.8 0.2 0.8")
    levels, _ = LabelFile(tmp_path / "a.txt", None).levels((10, 20))
    expected = np.zeros((10, 20), np.uint8)
    expected[3:8, 4:12] = 255
    assert levels.dtype == np.uint8
    assert (levels == expected).all()


shares = st.floats(0, 1, allow_nan=False)


@given(st.lists(st.lists(st.tuples(shares, shares), min_size=3, max_size=6), max_size=3))
def test_what_is_written_is_what_is_drawn(
    tmp_path_factory: pytest.TempPathFactory, rings: list[list[tuple[float, float]]]
) -> None:
    path = tmp_path_factory.mktemp("labels") / "a.txt"
    path.write_text("".join(line(i, ring) for i, ring in enumerate(rings)))
    expected = np.zeros((20, 30), bool)
    for ring in rings:
        points = [float(c) for c in np.multiply(ring, (30, 20)).ravel()]
        expected |= rle.decode(rle.frPyObjects([points], 20, 30))[:, :, 0] > 0
    levels, absolute = LabelFile(path, None).levels((20, 30))
    assert absolute
    assert (levels == np.where(expected, 255, 0)).all()


@pytest.mark.parametrize(
    ("classes", "ids"), [([0], "a"), ([1, 2], "ad"), (["pliers", 0], "ad"), ("hex key", "a")]
)
def test_photos_without_the_classes_are_left_out(root: Path, classes: object, ids: str) -> None:
    (root / "data.yaml").write_text("train: images\nnames:\n  0: wrench\n  1: pliers\n  2: hex key")
    (root / "args.yaml").write_text("epochs: 3")
    dataset = load(str(root), "set", None, classes)
    assert "".join(drawn(dataset)) == ids
    assert dataset.notices[0].startswith(f"{4 - len(ids)} of 4 photos show none of the classes")


def test_only_the_chosen_classes_are_drawn(root: Path) -> None:
    whole, part = (load(str(root), "set", None, classes) for classes in (None, [0]))
    left = drawn(part)["a"]
    assert (left == (np.arange(WIDTH) < WIDTH / 2)).all()
    assert (drawn(whole)["a"] & ~left).any()
    assert whole.samples[0].truth.digest() != part.samples[0].truth.digest()


def test_a_number_is_a_class_as_text_too(root: Path) -> None:
    (root / "data.yaml").write_text("names: [wrench, pliers, saw]")
    dataset = load(str(root), "set", None, ["0", "pliers"])
    assert [sample.id for sample in dataset.samples] == ["a", "d"]


def test_labels_in_capitals_are_labels(root: Path) -> None:
    (root / "labels" / "d.txt").rename(root / "labels" / "d.TXT")
    dataset = load(str(root), "set", None, None)
    assert drawn(dataset)["d"].any()
    assert dataset.notices == ("1 of 4 photos have no label file; their truth is empty",)


def test_the_digest_follows_the_label(root: Path) -> None:
    before = load(str(root), "set", None, None).content_hash
    assert load(str(root), "set", None, None).content_hash == before
    add(root, "c", line(0, LEFT))
    assert load(str(root), "set", None, None).content_hash != before


def test_splits_and_names_beside_the_root(tmp_path: Path) -> None:
    add(tmp_path / "train", "a", line(0, LEFT), "half")
    add(tmp_path / "train", unicodedata.normalize("NFD", "schlüssel"), line(1, LEFT), "half")
    (tmp_path / "data.yaml").write_text("names: [wrench, pliers]")
    dataset = load(str(tmp_path / "train"), "set", "half", ["pliers"])
    assert list(drawn(dataset)) == ["schlüssel"]
    with pytest.raises(
        DatasetError, match=r"these with folders dataset\.split in both; images: half/"
    ):
        load(str(tmp_path / "train"), "set", None, None)
    with pytest.raises(DatasetError, match=r"other is not a folder; .* holds half/"):
        load(str(tmp_path / "train"), "set", "other", None)


def test_boxes_are_refused_at_once(root: Path) -> None:
    (root / "labels" / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.1 0.1\n")
    with pytest.raises(
        DatasetError, match=r"a\.txt: 5 numbers a line are boxes.*expected outlines"
    ):
        load(str(root), "set", None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("0 0.5 0.5 0.2 0.2", "line 2 is a box"),
        ("0 0.5 0.5 0.2 0.2 0.3 0.3 0.4", "line 2 has 8 numbers"),
        ("0 0.5 0.5", "line 2 has 3 numbers"),
        ("0 50 50 60 50 60 60", "line 2 leaves 0 to 1"),
        ("0 nan 0 1 0 1 1", "line 2 leaves 0 to 1"),
        ("0 0,1 0 1 0 1 1", "line 2: could not convert"),
        ("wrench 0.1 0 1 0 1 1", "line 2 begins with 'wrench', which is not a class"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_line_that_is_no_outline_is_named(root: Path, text: str, reason: str) -> None:
    path = root / "labels" / "a.txt"
    path.write_bytes((line(0, LEFT) + text).encode(errors="surrogateescape"))
    for classes in (None, [0]):
        dataset = load(str(root), "set", None, classes)
        with pytest.raises(PictureError, match=rf"a\.txt: {reason}"):
            dataset.truth(dataset.samples[0], (HEIGHT, WIDTH))


def test_labels_without_photo_are_one_line(root: Path) -> None:
    for i in range(7):
        (root / "labels" / f"x{i}.txt").write_text("")
    (problem,) = load(str(root), "set", None, None).problems
    assert "7 labels without photo (x0.txt, x1.txt, x2.txt, x3.txt, x4.txt and 2 more)" in problem


@pytest.mark.parametrize("number", ["0", "0.0", "0.000000000000000000e+00", "0.", "00"])
def test_classes_are_numbers_as_numpy_writes_them(root: Path, number: str) -> None:
    text = line(0, LEFT)
    (root / "labels" / "a.txt").write_text(number + text[1:], encoding="utf-8")
    assert drawn(load(str(root), "set", None, None))["a"].mean() == 0.5
    assert drawn(load(str(root), "set", None, [0]))["a"].mean() == 0.5


def test_what_numpy_saves_is_read(root: Path) -> None:
    np.savetxt(root / "labels" / "a.txt", [[0, *np.ravel(LEFT)]])
    assert drawn(load(str(root), "set", None, [0]))["a"].mean() == 0.5


@pytest.mark.parametrize("number", ["0.5", "-1", "wrench", "nan", "inf"])
def test_other_words_are_no_classes(root: Path, number: str) -> None:
    (root / "labels" / "a.txt").write_text(number + line(0, LEFT)[1:], encoding="utf-8")
    with pytest.raises(PictureError, match=f"line 1 begins with '{number}', which is not a class"):
        drawn(load(str(root), "set", None, None))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "wrench\npliers\n"),
        ("labels.txt", "0 wrench\n1 pliers\n"),
        ("README.txt", "made by hand"),
        ("notes.txt", "0 1\n"),
        ("train.txt", "images/a.png\n"),
        ("latin.txt", "schl\xfcssel"),
    ],
)
def test_texts_that_are_no_labels_miss_no_photo(root: Path, name: str, text: str) -> None:
    (root / "labels" / name).write_text(text, encoding="latin-1")
    (root / "labels" / "train.cache").write_bytes(b"")
    dataset = load(str(root), "set", None, None)
    assert not dataset.problems
    assert f"without labels in them are not read: {name}" in "\n".join(dataset.notices)
    assert "1 file in labels/ is not read: train.cache" in dataset.notices


def test_unknown_classes_list_those_there_are(root: Path) -> None:
    with pytest.raises(DatasetError, match=r"no \*\.yaml with 'names'.*dataset\.classes=\[0\]"):
        load(str(root), "set", None, ["wrench"])
    (root / "data.yaml").write_text("names: [wrench, pliers]")
    with pytest.raises(DatasetError, match="no class hammer; there are: 0 wrench, 1 pliers"):
        load(str(root), "set", None, ["wrench", "hammer"])
    with pytest.raises(DatasetError, match="nothing to evaluate; 4 of 4 photos show none"):
        load(str(root), "set", None, [9])


def test_another_folder_is_refused(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"labels is not a folder.*holds images/, masks/"):
        load(str(folder), "set", None, None)
    (folder / "labels").mkdir()
    with pytest.raises(DatasetError, match=r"no photo has a label of its name.*labels: nothing"):
        load(str(folder), "set", None, None)
