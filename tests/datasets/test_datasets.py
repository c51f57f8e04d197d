"""Folders of photos and masks: pairing, polarity, size, hash."""

import shutil
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.folder import load
from datasets.pictures import PictureError
from tests.support.photos import make_folder, opened, photo


def open_folder(root: Path, foreground: str = "auto") -> Dataset:
    return load(str(root), "photos", foreground)  # type: ignore[arg-type]


def invert(path: Path) -> None:
    mask = np.array(opened(path).convert("L"))
    Pillow.fromarray(255 - mask).save(path)


def test_pairs_by_stem_whatever_the_suffix(folder: Path) -> None:
    opened(folder / "images" / "b.png").save(folder / "images" / "b.jpg")
    (folder / "images" / "b.png").unlink()
    (folder / "images" / ".DS_Store").write_bytes(b"")
    (folder / "images" / "notes.txt").write_text("no photo")
    dataset = open_folder(folder)
    assert [s.id for s in dataset.samples] == ["a", "b", "c"]
    assert dataset.samples[1].image_path.name == "b.jpg"
    assert not dataset.problems


def test_composed_and_decomposed_names_are_one(folder: Path) -> None:
    name = "schlüssel"
    for kind, form in (("images", "NFC"), ("masks", "NFD")):
        path = folder / kind / "a.png"
        path.rename(path.with_name(unicodedata.normalize(form, name) + ".png"))  # type: ignore[arg-type]
    dataset = open_folder(folder)
    assert [s.id for s in dataset.samples] == ["b", "c", name]
    assert not dataset.problems


@pytest.mark.parametrize("foreground", ["black", "auto"])
def test_black_tools(folder: Path, foreground: str) -> None:
    for path in (folder / "masks").iterdir():
        invert(path)
    dataset = open_folder(folder, foreground)
    truth, tags = dataset.truth(dataset.samples[0], (120, 90))
    assert (truth == photo()[1]).all()
    assert dataset.polarity == "black"
    assert not tags


def test_auto_is_one_vote_for_the_set_so_an_inverted_mask_stays_wrong(folder: Path) -> None:
    make_folder(folder, list("abcdefgh"))
    invert(folder / "masks" / "a.png")
    dataset = open_folder(folder)
    truth, _ = dataset.truth(dataset.samples[0], (120, 90))
    assert dataset.polarity == "white"
    assert (truth == ~photo()[1]).all()


def test_masks_that_disagree_ask_for_the_foreground(folder: Path) -> None:
    invert(folder / "masks" / "a.png")
    dataset = open_folder(folder)
    with pytest.raises(DatasetError, match=r"1 of 3 masks have a bright border.*foreground=black"):
        _ = dataset.polarity


def test_masks_of_one_level_have_no_vote(folder: Path) -> None:
    for name in "bc":
        Pillow.new("L", (90, 120), 255).save(folder / "masks" / f"{name}.png")
    assert open_folder(folder).polarity == "white"


def test_truth_of_another_size_is_brought_to_the_photo_by_nearest_neighbour(folder: Path) -> None:
    path = folder / "masks" / "a.png"
    opened(path).resize((45, 60), Pillow.Resampling.NEAREST).save(path)
    dataset = open_folder(folder)
    truth, tags = dataset.truth(dataset.samples[0], (120, 90))
    assert tags == ("truth_resized",)
    assert truth.shape == (120, 90)
    assert np.mean(truth == photo()[1]) > 0.97


@pytest.mark.parametrize(("size", "remedy"), [((90, 60), "photo's size"), ((120, 90), "by 90°")])
def test_truth_of_another_aspect_is_refused(
    folder: Path, size: tuple[int, int], remedy: str
) -> None:
    path = folder / "masks" / "a.png"
    opened(path).resize(size).save(path)
    dataset = open_folder(folder)
    with pytest.raises(PictureError, match=remedy):
        dataset.truth(dataset.samples[0], (120, 90))


def test_truth_of_a_nearly_square_photo_turned_by_90_degrees_is_refused(folder: Path) -> None:
    photo_path, mask_path = folder / "images" / "a.png", folder / "masks" / "a.png"
    opened(photo_path).resize((100, 104)).save(photo_path)
    opened(mask_path).resize((104, 100)).save(mask_path)
    dataset = open_folder(folder)
    with pytest.raises(PictureError, match=r"104×100 for a photo of 100×104.*\(a\.png\).*by 90°"):
        dataset.truth(dataset.samples[0], (104, 100))


def test_metadata_becomes_tags_and_scale(folder: Path) -> None:
    (folder / "metadata.csv").write_text(
        "id,light,mm_per_px,note\na,dim,0.25,\nb,hard,wide,x\nghost,dim,1,\n"
    )
    dataset = open_folder(folder)
    a, b, c = dataset.samples
    assert (a.tags, a.mm_per_px) == ({"light": "dim"}, 0.25)
    assert (b.tags, b.mm_per_px) == ({"light": "hard", "note": "x"}, None)
    assert (c.tags, c.mm_per_px) == ({}, None)
    assert not dataset.problems
    assert any("line 3: mm_per_px of 'b': 'wide'" in warning for warning in dataset.warnings)
    assert any("line 4: 'ghost' names no photo" in warning for warning in dataset.warnings)


def test_a_row_of_a_photo_with_a_double_is_no_fault(folder: Path) -> None:
    """The line on the two pictures says what to do; the table needs no change."""
    shutil.copy(folder / "images" / "a.png", folder / "images" / "a.jpg")
    (folder / "metadata.csv").write_text("id,light\na,dim\nb,dim\n")
    dataset = open_folder(folder)
    assert "a.jpg and a.png share the stem 'a'" in dataset.problems[0]
    assert not dataset.warnings


def test_rows_of_the_same_photo_are_named(folder: Path) -> None:
    (folder / "metadata.csv").write_text("id,mm_per_px\na,0.1\nb,1\na,0.2\n")
    warning, lacking = open_folder(folder).warnings
    assert "2 of 3 photos have mm_per_px" in lacking
    assert "metadata.csv, line 4: 'a' has several rows, the last one counts" in warning


def test_metadata_without_ids_is_refused(folder: Path) -> None:
    (folder / "metadata.csv").write_text("name,light\na,dim\n")
    with pytest.raises(DatasetError, match=r"metadata\.csv: no column 'id'"):
        open_folder(folder)


def test_the_hash_follows_content_and_nothing_else(tmp_path: Path) -> None:
    first = make_folder(tmp_path / "one", ["a", "b"])
    second = Path(shutil.copytree(first, tmp_path / "two"))
    dataset = open_folder(first, "white")
    assert open_folder(second, "white").content_hash == dataset.content_hash

    invert(second / "masks" / "a.png")
    changed = open_folder(second, "white")
    assert changed.content_hash != dataset.content_hash
    assert changed.photos_hash == dataset.photos_hash

    invert(second / "images" / "a.png")
    assert open_folder(second, "white").photos_hash != dataset.photos_hash
    assert open_folder(first, "black").content_hash != dataset.content_hash
