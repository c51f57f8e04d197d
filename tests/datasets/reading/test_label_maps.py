"""Label maps are refused until labels are chosen; void is not scored."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.errors import DatasetError
from tests.datasets.reading import mask_files as write
from tests.datasets.reading.mask_files import MaskFolder, levels, rim, with_alpha
from tests.datasets.reading.mask_kinds import (
    BLACK,
    BLUE,
    MAROON,
    RED,
    TRUTHS,
    WHITE,
    Write,
    assert_as_drawn,
    indexed,
    made,
    opened,
)


def label_map(truth: Any, background: Any, tool: Any, other: Any) -> Any:
    drawn = levels(truth, background, tool)
    void = rim(truth)
    drawn[void] = np.array(other)
    return drawn


LABEL_MAPS: dict[str, tuple[Write, Any, Any, str]] = {
    "0/1/255": (
        lambda path, truth, _: write.pillow(path, label_map(truth, 0, 1, 255)),
        [1],
        [255],
        "levels 0 .*1 .*255 ",
    ),
    "trimap": (
        lambda path, truth, _: write.opencv(path, label_map(truth, 0, 255, 128)),
        [255],
        [128],
        "levels 0 .*255 .*128 ",
    ),
    "VOC palette": (
        lambda path, truth, _: write.palette(
            path, label_map(truth, 0, 1, 255), {0: BLACK, 1: MAROON, 255: (224, 224, 192)}
        ),
        [1],
        [255],
        r"colours 0 .*1 #800000 .*255 #e0e0c0 ",
    ),
    "RGB": (
        lambda path, truth, _: write.pillow(path, label_map(truth, BLACK, RED, BLUE)),
        ["#ff0000"],
        ["#0000ff"],
        "colours 0 .*#ff0000 .*#0000ff ",
    ),
    "RGBA": (
        lambda path, truth, _: write.pillow(
            path, with_alpha(label_map(truth, BLACK, MAROON, WHITE), 255)
        ),
        ["#800000"],
        [255],
        "colours 0 .*#800000 .*255 ",
    ),
    "ids in RGB": (
        lambda path, truth, _: write.opencv(path, label_map(truth, BLACK, (1, 1, 1), (2, 2, 2))),
        1,
        2,
        "levels 0 .*1 .*2 ",
    ),
}


@pytest.mark.parametrize("kind", LABEL_MAPS)
def test_label_maps_are_refused_until_labels_are_chosen(tmp_path: Path, kind: str) -> None:
    one, labels, void, found = LABEL_MAPS[kind]
    root = made(tmp_path, one)
    with pytest.raises(DatasetError, match=rf"label map.*{found}.*dataset\.labels=.*dataset\.void"):
        _ = opened(root).content_hash
    dataset = opened(root, labels=labels, void=void)
    assert_as_drawn(dataset)
    for sample, truth in zip(dataset.samples, TRUTHS, strict=True):
        ignored = dataset.void_of(sample, truth.shape)
        assert ignored is not None
        assert (ignored == rim(truth)).all()
    without = opened(root, labels=labels)
    assert_as_drawn(without)
    assert without.void_of(without.samples[0], TRUTHS[0].shape) is None
    assert without.content_hash != dataset.content_hash
    assert_as_drawn(opened(root, void=void))


THIN: list[tuple[Any, Any, Any]] = [
    (10, 60, 240),
    (200, 255, 0),
    (BLACK, (200, 30, 30), (30, 200, 30)),
    (BLACK, WHITE, RED),
    (WHITE, RED, BLACK),
    (BLACK, BLUE, WHITE),
]


@pytest.mark.parametrize("labels", [True, False])
@pytest.mark.parametrize("quality", [50, 75, 90, None])
@pytest.mark.parametrize("classes", THIN)
def test_a_third_level_that_loss_or_soft_edges_hide_is_refused(
    tmp_path: Path, classes: tuple[Any, Any, Any], quality: int | None, labels: bool
) -> None:
    """It would be counted for the nearest of the other two."""
    for index, truth in enumerate(TRUTHS):
        large = cv2.resize(truth.astype(np.uint8), (160, 192), interpolation=0) > 0
        pixels = levels(large, *classes[:2])
        pixels[rim(large)] = np.array(classes[2])
        path = MaskFolder(tmp_path).put(index, truth, ".jpg" if quality else ".png")
        pixels = pixels if quality else cv2.GaussianBlur(pixels, (0, 0), 0.8)
        options: dict[str, Any] = {"quality": quality} if quality else {}
        Pillow.fromarray(pixels).save(path, **options)
    with pytest.raises(DatasetError, match=r"pixels of others at|label map|no mask has"):
        _ = opened(tmp_path, **({"labels": [_name(classes[1])]} if labels else {})).reading


def _name(value: Any) -> Any:
    return value if isinstance(value, int) else "#{:02x}{:02x}{:02x}".format(*value)


def test_several_labels_make_one_truth(tmp_path: Path) -> None:
    root = made(tmp_path, lambda path, truth, _: write.pillow(path, label_map(truth, 0, 4, 9)))
    whole = [truth | rim(truth) for truth in TRUTHS]
    assert_as_drawn(opened(root, labels=[4, 9]), whole)


def test_several_labels_may_be_void(tmp_path: Path) -> None:
    def one(path: Path, truth: Any, _: int) -> None:
        pixels = label_map(truth, 0, 1, 254)
        pixels[:2, :2] = 255
        write.pillow(path, pixels)

    dataset = opened(made(tmp_path, one), void=[254, 255])
    assert_as_drawn(dataset)
    assert (dataset.reading or "").endswith("1 is the tool; 254 and 255 are not scored")


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ({"labels": [7]}, r"no mask has dataset\.labels=7; the masks have levels 0 .*1 .*255"),
        ({"void": ["#ff0000"]}, r"no mask has dataset\.void=#ff0000"),
        ({"labels": "tool"}, r"dataset\.labels=tool: use levels"),
        ({"void": "soft"}, r"dataset\.void=soft: use levels"),
        ({"labels": []}, r"dataset\.labels=\[\]: use levels"),
    ],
)
def test_labels_that_are_not_there_are_refused(tmp_path: Path, choice: Any, text: str) -> None:
    root = made(tmp_path, LABEL_MAPS["0/1/255"][0])
    with pytest.raises(DatasetError, match=text):
        _ = opened(root, **choice).content_hash


@pytest.mark.parametrize("many", [3, 9, 40])
def test_instances_in_one_mask_are_a_label_map(tmp_path: Path, many: int) -> None:
    def one(path: Path, truth: Any, _: int) -> None:
        ids = np.zeros(truth.shape, np.uint16)
        for number in range(many):
            row, column = divmod(number, 8)
            ids[2 + 6 * row : 6 + 6 * row, 2 + 4 * column : 5 + 4 * column] = number + 1
        write.opencv(path, ids)

    with pytest.raises(DatasetError, match="label map"):
        _ = opened(made(tmp_path, one)).content_hash


@pytest.mark.parametrize("colour", [BLACK, WHITE, MAROON])
@pytest.mark.parametrize("tool", [1, 2, 255])
def test_a_palette_of_one_colour_is_read_by_its_indices(
    tmp_path: Path, colour: Any, tool: int
) -> None:
    root = made(tmp_path, indexed({0: colour, tool: colour}, 0, tool))
    assert_as_drawn(opened(root))


@pytest.mark.parametrize(
    ("tables", "label"),
    [
        ([{0: BLACK, 1: MAROON, 2: WHITE}, {0: BLACK, 1: WHITE, 2: MAROON}], 1),
        ([{0: BLACK, 1: MAROON, 2: WHITE}, {0: BLACK, 1: BLUE, 2: WHITE}], 1),
        ([{0: BLACK, 1: MAROON, 2: MAROON}], 1),
        ([{0: BLACK, 1: MAROON, 2: WHITE}, {0: BLACK, 1: WHITE, 2: WHITE}], 2),
        ([{0: BLACK, 1: MAROON, 2: WHITE}, {1: BLACK, 0: MAROON, 2: WHITE}], 0),
    ],
)
def test_an_index_must_mean_one_colour_in_all_palettes(
    tmp_path: Path, tables: list[dict[int, Any]], label: int
) -> None:
    def one(path: Path, truth: Any, index: int) -> None:
        indices = levels(truth, 0, 1)
        indices[rim(truth)] = 2
        write.palette(path, indices, tables[index % len(tables)])

    with pytest.raises(DatasetError, match=rf"dataset.labels={label}: the palettes do not agree"):
        _ = opened(made(tmp_path, one), labels=[label]).reading


@pytest.mark.parametrize("suffix", [".png", ".gif", ".bmp", ".tif"])
@pytest.mark.parametrize(
    ("grays", "label"),  # of the indices 0, 1 and 2
    [
        ((4, 2, 3), 2),  # as GIF numbers the grays 2, 3 and 4
        ((2, 1, 0), 2),
        ((255, 2, 1), 1),
        ((0, 2, 1), 2),
        ((1, 0, 2), 0),
        ((7, 2, 9), 2),
    ],
)
def test_a_number_must_not_be_an_index_and_another_level(
    tmp_path: Path, grays: tuple[int, int, int], label: int, suffix: str
) -> None:
    """Whatever its format: the palette decides."""
    table = {index: (level,) * 3 for index, level in enumerate(grays)}
    for index, truth in enumerate(TRUTHS):
        path = MaskFolder(tmp_path).put(index, truth, suffix)
        write.palette(path, label_map(truth, 0, 1, 2), table)
    with pytest.raises(DatasetError, match=rf"dataset.labels={label}: the palettes do not agree"):
        _ = opened(tmp_path, labels=[label]).reading
    assert_as_drawn(opened(tmp_path, labels=["#{:02x}{:02x}{:02x}".format(*table[1])]))


def test_the_remedy_for_palettes_that_do_not_agree_can_be_typed(tmp_path: Path) -> None:
    table = {0: BLACK, 1: (2, 2, 2), 2: (3, 3, 3)}
    root = made(tmp_path, lambda path, t, _: write.palette(path, label_map(t, 0, 1, 2), table))
    with pytest.raises(DatasetError) as caught:
        _ = opened(root, labels=[2]).reading
    assert str(caught.value) == (
        "photos: dataset.labels=2: the palettes do not agree what this number means (index 1 is 2, "
        "index 2 is 3); name colours, as 'dataset.labels=[\"#020202\"]'"
    )
    assert_as_drawn(opened(root, labels=["#020202"]))


def test_colours_may_be_written_in_capitals(tmp_path: Path) -> None:
    root = made(tmp_path, LABEL_MAPS["VOC palette"][0])
    small, large = (opened(root, labels=[name]) for name in ("#e0e0c0", "#E0E0C0"))
    assert small.content_hash == large.content_hash
