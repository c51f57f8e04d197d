"""Masks found by names that are not equal to their photos', and what lies there unread."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.folder import load
from datasets.listing.names import Names, pairs
from tests.support.commands import Command
from tests.support.photos import make_folder, photo

IMAGE, MASK = photo()


def listed(root: Path) -> Dataset:
    return load(str(root), "set", "auto")


def renamed(
    root: Path, mask: Callable[[str], str], photo: Callable[[str], str] = "{}.png".format
) -> Path:
    """A folder of three pairs whose files are called as these say of their stems."""
    make_folder(root, ["tool_1", "tool_2", "b"])
    for kind, name in (("masks", mask), ("images", photo)):
        for path in list((root / kind).iterdir()):
            path.rename(path.with_name(name(path.stem)))
    return root


@pytest.mark.parametrize(
    "name",
    [
        "{}_mask.png", "{}-mask.png", "{}.mask.png", "{} mask.png", "{}_gt.png", "{}_GT.PNG",
        "{}_seg.png", "{}_segmentation.png", "{}_matte.png", "{}_alpha.png", "{}_label.png",
        "mask_{}.png", "gt-{}.png", "Mask_{}.png", "{}.jpg.png", "{}.JPG_mask.png",
        "{}_mask.jpg.png", "{}_sal_fuse.png", "u2net_{}.png", "exp3-{}-out.png", "{}.PNG",
        "{} .png", "{}_.png", " {}.png",
    ],
)  # fmt: skip
def test_masks_are_found_by_similar_names(tmp_path: Path, name: str) -> None:
    dataset = listed(renamed(tmp_path, name.format))
    assert [sample.id for sample in dataset.samples] == ["b", "tool_1", "tool_2"]
    assert [sample.truth.path.name for sample in dataset.samples] == [
        name.format(stem) for stem in ("b", "tool_1", "tool_2")
    ]
    assert not dataset.problems
    assert ("3 masks found by a similar name" in str(dataset.notices)) == (name != "{}.PNG")


@pytest.mark.parametrize(
    ("photos", "masks"),
    [
        ("{}_photo.png", "{}_mask.png"),
        ("{}_rgb.png", "{}_gt.png"),
        ("img_{}.png", "mask_{}.png"),
        ("{}.png", "{}_MASK.png"),
        ("IMAGE-{}.png", "gt-{}.png"),
        ("{}_im.png", "{}.png"),
    ],
)
def test_photos_may_have_words_too(tmp_path: Path, photos: str, masks: str) -> None:
    dataset = listed(renamed(tmp_path, masks.format, photos.format))
    assert len(dataset.samples) == 3
    assert {s.id for s in dataset.samples} == {
        Path(photos.format(stem)).stem for stem in ("b", "tool_1", "tool_2")
    }


def test_case_is_the_same_name(tmp_path: Path) -> None:
    dataset = listed(renamed(tmp_path, lambda stem: f"{stem.upper()}.png"))
    assert [sample.id for sample in dataset.samples] == ["b", "tool_1", "tool_2"]


def test_an_equal_name_comes_first() -> None:
    assert pairs(["a", "a_mask"], ["a", "a_mask"]) == {"a": "a", "a_mask": "a_mask"}
    assert pairs(["a", "A"], ["a", "A"]) == {"a": "a", "A": "A"}
    assert pairs(["a"], ["a", "a_mask"]) == {"a": "a"}


@pytest.mark.parametrize(
    ("photos", "masks"),
    [
        (["a"], ["a_mask", "a_gt"]),  # which of the two?
        (["a", "A"], ["a_mask"]),  # whose is it?
        (["a", "b"], ["c", "d"]),
        (["1", "2"], ["10", "20"]),
        (["a"], ["a_0", "a_1"]),
        (["cat"], ["concatenate"]),
        (["a", "b"], ["mask", "gt"]),
    ],
)
def test_what_is_not_certain_is_not_paired(photos: list[str], masks: list[str]) -> None:
    assert pairs(photos, masks) == {}


@given(st.lists(st.text(max_size=6), max_size=6), st.lists(st.text(max_size=6), max_size=6))
def test_each_mask_has_one_photo(photos: list[str], masks: list[str]) -> None:
    found = pairs(photos, masks)
    assert set(found) <= set(photos)
    assert set(found.values()) <= set(masks)
    assert len(set(found.values())) == len(found)
    assert all(found[stem] == stem for stem in set(photos) & set(masks))
    assert Names(masks).find("never there") in {None, *masks}


@pytest.mark.parametrize("suffix", [".dng", ".svg", ".npy", ".xcf", ".cr2"])
def test_a_partner_of_another_type_is_named(tmp_path: Path, suffix: str) -> None:
    make_folder(tmp_path, ["a", "b", "c"])
    (tmp_path / "images" / "a.png").rename(tmp_path / "images" / f"a{suffix}")
    (tmp_path / "masks" / "b.png").rename(tmp_path / "masks" / f"b{suffix}")
    dataset = listed(tmp_path)
    problems = "\n".join(dataset.problems)
    assert f"mask without photo; images/a{suffix} is not read, so save it as JPEG" in problems
    assert f"photo without mask; masks/b{suffix} is not read, so save it as PNG" in problems
    assert "add" not in problems
    assert f"1 file in images/ is not read: a{suffix}" in dataset.notices


@pytest.mark.parametrize("suffix", [".jfif", ".jpe", ".gif", ".jp2", ".JPG", ".WebP", ".hif"])
def test_photos_of_rarer_suffixes_are_read(tmp_path: Path, suffix: str) -> None:
    make_folder(tmp_path, ["a", "b"])
    (tmp_path / "images" / "a.png").unlink()
    kind = {".hif": "heif", ".jp2": "JPEG2000", ".gif": "GIF", ".WebP": "WEBP"}.get(suffix, "JPEG")
    Pillow.fromarray(IMAGE).save(tmp_path / "images" / f"a{suffix}", kind)
    dataset = listed(tmp_path)
    assert len(dataset.samples) == 2
    assert dataset.samples[0].photo().shape == IMAGE.shape


def test_what_is_not_read_stands_with_the_table(command: Command, tmp_path: Path) -> None:
    root = make_folder(tmp_path / "photos", ["a", "b"])
    make_folder(root / "images" / "more", ["x"])
    for name in ("notes.txt", "x.dng", "list.csv", "Thumbs.db", ".DS_Store", "desktop.ini"):
        (root / "images" / name).write_bytes(b"")
    (root / "masks" / "old").mkdir()
    done = command("eval", "model=otsu", "dataset=folder", f"dataset.root={root}")
    assert done.returncode == 0, done.stderr
    for text in (done.stderr, (tmp_path / "reports/photos/comparison.md").read_text("utf-8")):
        assert "3 files and 1 folder in images/ are not read: list.csv, notes.txt, x.dng" in text
        assert "more/ (2 pictures; move them up to have them read)" in text
        assert "1 folder in masks/ is not read: old/" in text


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("parts", [["images"], ["masks"], ["images", "masks"]])
def test_pairs_in_subfolders_are_counted(tmp_path: Path, parts: list[str], suffix: str) -> None:
    make_folder(tmp_path, ["a", "b"])
    for part in parts:
        (tmp_path / part / "more").mkdir()
        Pillow.fromarray(IMAGE).save(tmp_path / part / "more" / f"c{suffix}")
    dataset = listed(tmp_path)
    assert [sample.id for sample in dataset.samples] == ["a", "b"]
    told = "is not read: more/ (1 picture; move it up to have it read)"
    assert dataset.notices == tuple(f"1 folder in {part}/ {told}" for part in parts)


def test_a_set_in_subfolders_is_refused(tmp_path: Path) -> None:
    for part in ("train", "val"):
        make_folder(tmp_path / "flat", [part])
        for kind in ("images", "masks"):
            (tmp_path / kind / part).mkdir(parents=True)
            path = tmp_path / "flat" / kind / f"{part}.png"
            path.rename(tmp_path / kind / part / path.name)
    with pytest.raises(DatasetError, match="2 folders in images/ are not read: train/ \\(1 pic"):
        listed(tmp_path)


def test_tracing_draws_nothing_for_photos_whose_mask_has_a_similar_name(
    command: Command, tmp_path: Path
) -> None:
    root = renamed(tmp_path / "photos", "{}_mask.png".format)
    done = command("trace", "model=otsu", "dataset=folder", f"dataset.root={root}")
    assert done.returncode == 0, done.stderr
    assert "3 photos, 3 with a mask already" in done.stdout + done.stderr
    assert len(list((root / "masks").iterdir())) == 3
