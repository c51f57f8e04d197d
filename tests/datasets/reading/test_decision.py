"""Mask files of every kind that people write: read as drawn, or refused with what was found."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.folder import load
from datasets.reading.kept_pixels import _Kept
from datasets.reading.mask_pixels import MaskPixels, read_pixels
from tests.datasets.reading import mask_files as write
from tests.datasets.reading.mask_files import MaskFolder, levels
from tests.datasets.reading.mask_kinds import (
    BLACK,
    BLUE,
    BROWN,
    MAROON,
    RED,
    TRUTHS,
    WHITE,
    alpha,
    assert_as_drawn,
    assert_nearly_as_drawn,
    colours,
    gray,
    indexed,
    made,
    opened,
)
from tests.support.photos import make_folder

TWO_LEVELS = {
    "38": gray(0, 38),
    "127": gray(0, 127, by=write.opencv),
    "class 2": gray(0, 2),
    "class 3 by OpenCV": gray(0, 3, by=write.opencv),
    "1": gray(0, 1),
    "black on white": gray(255, 0),
    "black on gray": gray(140, 0),
    "both dark": gray(40, 70),
    "both bright": gray(255, 200),
    "both dark, inverted": gray(70, 40),
    "16-bit 1": gray(0, 1, np.uint16),
    "16-bit ids": gray(0, 1001, np.uint16, write.opencv),
    "12 bits in 16": gray(0, 4095, np.uint16),
    "8 bits in 16": gray(0, 255, np.uint16, write.opencv),
    "16-bit white": gray(0, 65535, np.uint16),
    "16-bit black on white": gray(65535, 0, np.uint16),
    "red": colours(BLACK, RED),
    "blue by OpenCV": colours(BLACK, BLUE, write.opencv),
    "maroon": colours(BLACK, MAROON),
    "red on white": colours(WHITE, RED),
    "blue on brown": colours(BROWN, BLUE, write.opencv),
    "white on brown": colours(BROWN, WHITE),
    "RGB of 1": colours(BLACK, (1, 1, 1)),
    "RGB of 2": colours(BLACK, (2, 2, 2), write.opencv),
    "id in red, as panoptic files have it": colours(BLACK, (1, 0, 0)),
    "palette index 2": indexed({0: BLACK, 2: (0, 128, 0)}, 0, 2),
    "palette, white background": indexed({0: WHITE, 1: MAROON}, 0, 1),
    "palette, brown background": indexed({0: BROWN, 1: WHITE}, 0, 1),
    "palette, index 0 is the tool": indexed({0: RED, 1: BLACK}, 1, 0),
    "palette of grays": indexed({0: BLACK, 7: (7, 7, 7)}, 0, 7),
    "RGBA of 0 and 1": alpha((0, 1), 255),
    "alpha 0 everywhere": alpha((0, 255), 0),
    "alpha 128 everywhere": alpha((0, 255), 128, write.opencv),
    "alpha 0 over red": alpha((BLACK, RED), 0),
    "alpha 1 everywhere, black on white": alpha((255, 0), 1),
}


@pytest.mark.parametrize("kind", TWO_LEVELS)
def test_two_levels_are_background_and_tool(tmp_path: Path, kind: str) -> None:
    assert_as_drawn(opened(made(tmp_path, TWO_LEVELS[kind])))


@pytest.mark.parametrize("suffix", [".tiff", ".bmp", ".webp", ".tif", ".jpg"])
@pytest.mark.parametrize("tool", [255, 38, 1])
def test_formats(tmp_path: Path, suffix: str, tool: int) -> None:
    options: dict[str, Any] = {".webp": {"lossless": True}, ".jpg": {"quality": 95}}
    for index, truth in enumerate(TRUTHS):
        path = MaskFolder(tmp_path).put(index, truth, suffix)
        Pillow.fromarray(levels(truth, 0, tool)).save(path, **options.get(suffix, {}))
    assert_nearly_as_drawn(opened(tmp_path), 1 if suffix != ".jpg" else 0.97 if tool > 1 else 0.8)


@pytest.mark.parametrize("quality", [60, 75, 90])
@pytest.mark.parametrize(
    ("background", "tool"),
    [(BLACK, RED), (BLACK, MAROON), (WHITE, RED), (BROWN, WHITE), (BLACK, BLUE)],
)
def test_coloured_jpegs(tmp_path: Path, quality: int, background: Any, tool: Any) -> None:
    large = [cv2.resize(t.astype(np.uint8), (160, 192), interpolation=0) > 0 for t in TRUTHS]
    for index, truth in enumerate(large):
        path = MaskFolder(tmp_path).put(index, truth, ".jpg")
        Pillow.fromarray(levels(truth, background, tool)).save(path, quality=quality)
    assert_nearly_as_drawn(opened(tmp_path), 0.93, large)


@pytest.mark.parametrize(
    ("tools", "background"),
    [((255, 127), 0), ((1, 2), 0), ((38, 75, 14), 0), ((0, 90), 255), ((1000, 1001, 7), 0)],
)
def test_other_levels_in_every_mask_beside_a_shared_one(
    tmp_path: Path, tools: tuple[int, ...], background: int
) -> None:
    def one(path: Path, truth: Any, index: int) -> None:
        tool = tools[index % len(tools)]
        write.pillow(path, levels(truth, background, tool, np.uint16 if tool > 255 else np.uint8))

    dataset = opened(made(tmp_path, one))
    assert_as_drawn(dataset)
    assert f"two in each mask: {background} is background" in (dataset.reading or "")


def soft(truth: Any, sigma: float, tool: int = 255) -> Any:
    return cv2.GaussianBlur(truth.astype(np.float32) * tool, (0, 0), sigma).round()


@pytest.mark.parametrize("sigma", [0.5, 1.0, 3.0, 9.0])
@pytest.mark.parametrize("inverted", [False, True])
def test_soft_masks_stay_soft_and_are_cut_at_128(
    tmp_path: Path, sigma: float, inverted: bool
) -> None:
    truths = [cv2.resize(t.astype(np.uint8), (160, 192), interpolation=0) for t in TRUTHS]
    grays = [soft(truth, sigma).astype(np.uint8) for truth in truths]
    drawn = [gray >= 128 for gray in grays]
    stored = [255 - gray if inverted else gray for gray in grays]
    root = made(tmp_path, lambda path, _, i: write.pillow(path, stored[i]), drawn)
    dataset = opened(root)
    assert_as_drawn(dataset, drawn)
    assert len(np.unique(dataset.levels(dataset.samples[0], (192, 160)))) > 4


@pytest.mark.parametrize("tool", [38, 90, 150])
def test_soft_rims_of_two_levels_are_cut_midway(tmp_path: Path, tool: int) -> None:
    large = [cv2.resize(t.astype(np.uint8), (160, 192), interpolation=0) for t in TRUTHS]
    one = [soft(truth, 0.8, tool) for truth in large]
    drawn = [gray >= tool / 2 for gray in one]
    root = made(tmp_path, lambda path, _, i: write.pillow(path, one[i].astype(np.uint8)), drawn)
    assert_as_drawn(opened(root), drawn)


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_networks_probabilities_stay_soft(tmp_path: Path, depth: Any) -> None:
    ramp = np.linspace(0, 1, 40)[None, :] * np.linspace(0.4, 1, 48)[:, None]
    levels_ = (ramp * np.iinfo(depth).max).astype(depth)
    drawn = [levels_ // 257 >= 128 if depth == np.uint16 else levels_ >= 128] * 3
    root = made(tmp_path, lambda path, *_: write.pillow(path, levels_), drawn)
    assert_as_drawn(opened(root, foreground="white"), drawn)


@pytest.mark.parametrize("ends", [(0, 160), (0, 100), (80, 255), (100, 190), (30, 150)])
def test_gray_that_reaches_neither_end_is_refused_unless_it_is_called_soft(
    tmp_path: Path, ends: tuple[int, int]
) -> None:
    ramp = (np.linspace(*ends, 40)[None, :] * np.ones((48, 1))).astype(np.uint8)
    root = made(tmp_path, lambda path, *_: write.pillow(path, ramp), [ramp >= 128] * 3)
    told = f"many gray levels, {ends[0]} to {ends[1]} of 255.*dataset.labels=soft"
    with pytest.raises(DatasetError, match=told):
        _ = opened(root).content_hash
    assert_as_drawn(opened(root, foreground="white", labels="soft"), [ramp >= 128] * 3)


@pytest.mark.parametrize("quality", [85, 90, 95, 100])
@pytest.mark.parametrize("tool", [1, 2, 3])
def test_jpegs_of_class_ids_are_read_or_refused(tmp_path: Path, tool: int, quality: int) -> None:
    large = [cv2.resize(t.astype(np.uint8), (160, 192), interpolation=0) > 0 for t in TRUTHS]
    for index, truth in enumerate(large):
        path = MaskFolder(tmp_path).put(index, truth, ".jpg")
        Pillow.fromarray(levels(truth, 0, tool)).save(path, quality=quality)
    dataset = opened(tmp_path)
    try:
        read = [dataset.truth(sample, (192, 160))[0] for sample in dataset.samples]
    except DatasetError:
        assert quality < 90
        return
    for seen, truth in zip(read, large, strict=True):
        assert (seen & truth).sum() / (seen | truth).sum() > 0.9


@pytest.mark.parametrize("labels", [None, [1]])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".bmp"])
def test_photos_as_masks_are_refused(tmp_path: Path, suffix: str, labels: Any) -> None:
    """A single one too, and where labels are chosen."""
    few = np.random.default_rng(0).integers(0, 255, (6, 5, 3), np.uint8)
    photo = cv2.resize(few, (160, 192))
    for index, truth in enumerate(TRUTHS):
        path = MaskFolder(tmp_path).put(index, truth, ".png" if index else suffix)
        write.pillow(path, levels(truth, 0, 1) if index else photo)
    with pytest.raises(DatasetError, match="1 of 5 masks have the colours of a photo"):
        _ = opened(tmp_path, labels=labels).content_hash


def test_empty_and_full_truths_are_counted(tmp_path: Path) -> None:
    truths = [*TRUTHS, np.zeros((48, 40), bool), np.ones((48, 40), bool), np.zeros((48, 40), bool)]
    dataset = opened(made(tmp_path, gray(0, 38), truths))
    assert_as_drawn(dataset, truths)
    assert dataset.reading == (
        "8 masks, levels 0 and 38: 38 is the tool, by the masks' borders; "
        "2 of 8 truths are empty; 1 of 8 truths is full"
    )


@pytest.mark.parametrize("value", [0, 1])
def test_all_black_masks_are_said_to_be_empty(tmp_path: Path, value: int) -> None:
    blank = [np.zeros((48, 40), bool)] * 3
    reading = opened(made(tmp_path, gray(value, 99), blank)).reading or ""
    assert f"3 of 3 truths are {'full' if value else 'empty'}" in reading


def test_what_goes_without_saying_is_not_said_and_leaves_the_hash_alone(folder: Path) -> None:
    assert load(str(folder), "photos", "white").reading is None
    before = load(str(folder), "photos", "white").content_hash
    for path in (folder / "masks").iterdir():
        Pillow.open(path).convert("RGB").save(path)
    assert load(str(folder), "photos", "white").masks.reading.signature == ""
    assert load(str(folder), "photos", "white").content_hash != before  # other bytes


def test_the_reading_is_part_of_the_hash_where_it_changes_the_truth(tmp_path: Path) -> None:
    root = made(tmp_path / "a", gray(0, 38))
    assert opened(root).masks.reading.signature
    ordinary = make_folder(tmp_path / "b", ["a", "b"])
    assert not opened(ordinary).masks.reading.signature


def first_two(dataset: Dataset) -> Dataset:
    return dataset.part(dataset.samples[:2])


def test_a_part_of_a_set_is_read_as_the_whole(tmp_path: Path) -> None:
    def one(path: Path, truth: Any, index: int) -> None:
        write.pillow(path, levels(truth, 0, 1 if index < 2 else 2))

    part = first_two(opened(made(tmp_path, one)))
    assert "levels 0, 1 and 2" in (part.reading or "")
    assert len(part.samples) == 2
    assert_as_drawn(part, TRUTHS[:2])


def test_the_sample_set_keeps_its_hash() -> None:
    dataset = load("datasets/sample", "sample", "white")
    assert dataset.content_hash.startswith("2a5bd5f97745")
    assert dataset.reading is None


def test_each_mask_is_decoded_once_to_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = made(tmp_path, gray(0, 255))
    seen: list[Path] = []

    def counted(path: Path) -> MaskPixels:
        seen.append(path)
        return read_pixels(path)

    monkeypatch.setattr("datasets.reading.kept_pixels.read_pixels", counted)
    monkeypatch.setattr("datasets.reading.kept_pixels._kept", _Kept())
    for _ in range(3):
        dataset = opened(root)
        _ = dataset.content_hash, dataset.reading, first_two(dataset).polarity
        for sample in dataset.samples:
            _ = dataset.photo_and_truth(sample)
    assert len(seen) == len(TRUTHS)
    inverted = 255 - np.asarray(Pillow.open(root / "masks" / "a.png"))
    Pillow.fromarray(inverted).save(root / "masks" / "b.png")
    _ = opened(root).masks
    assert seen[len(TRUTHS) :] == [root / "masks" / "b.png"]
