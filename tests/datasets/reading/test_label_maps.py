"""Label maps are refused until labels are chosen; void is not scored."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datasets.errors import DatasetError
from tests.datasets.reading import mask_files as write
from tests.datasets.reading.mask_files import levels, rim, with_alpha
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


def test_several_labels_make_one_truth(tmp_path: Path) -> None:
    root = made(tmp_path, lambda path, truth, _: write.pillow(path, label_map(truth, 0, 4, 9)))
    whole = [truth | rim(truth) for truth in TRUTHS]
    assert_as_drawn(opened(root, labels=[4, 9]), whole)


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


def test_a_number_must_not_be_an_index_and_another_level(tmp_path: Path) -> None:
    table = {0: (4, 4, 4), 1: (2, 2, 2), 2: (3, 3, 3)}  # as GIF has it of gray 2, 3 and 4

    def one(path: Path, truth: Any, _: int) -> None:
        write.palette(path, label_map(truth, 0, 1, 2), table)

    root = made(tmp_path, one)
    with pytest.raises(DatasetError, match=r"dataset.labels=2: the palettes do not agree"):
        _ = opened(root, labels=[2]).reading
    assert_as_drawn(opened(root, labels=["#020202"]))
