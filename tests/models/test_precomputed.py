"""Precomputed masks by the names and with the times that people keep them under."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from models.precomputed import Precomputed
from models.segmenter import Unavailable
from tests.datasets.reading.mask_files import levels, with_alpha
from tests.support.commands import Command
from tests.support.photos import photo
from tests.support.runs import read_scores

MASK = (photo()[1] * 255).astype(np.uint8)
IDS = ("a", "b", "c")


@pytest.fixture
def masks(tmp_path: Path) -> Path:
    """An empty folder for masks."""
    (tmp_path / "made").mkdir()
    return tmp_path / "made"


def made(masks: Path, name: str) -> Path:
    for id_ in IDS:
        path = masks / name.format(id_)
        path.parent.mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(MASK).save(path)
    return masks


def opened(masks: Path) -> Precomputed:
    return Precomputed(device="cpu", root=str(masks))


@pytest.mark.parametrize(
    "name",
    [
        "{}.PNG", "{}.jpg", "{}.webp", "{}.tif", "{}.bmp", "{}_mask.png", "{}_sal_fuse.png",
        "{}.jpg.png", "mask_{}.png", "{}-u2net-out.png",
    ],
)  # fmt: skip
def test_masks_are_found_by_similar_names(masks: Path, name: str) -> None:
    made(masks, name)
    Precomputed.check({"root": str(masks)}, IDS)
    assert all(opened(masks).recall(id_)[0] is not None for id_ in IDS)
    assert opened(masks).recall("d") == (None, None)


INVERTED = ~photo()[1]
KINDS = {
    "black on white": (levels(INVERTED, 0, 255), ".png"),
    "black on white, JPEG": (levels(INVERTED, 0, 255), ".jpg"),
    "black on gray": (levels(INVERTED, 9, 140), ".png"),
    "0 and 1": (levels(~INVERTED, 0, 1), ".png"),
    "16-bit ids": (levels(~INVERTED, 0, 1001, np.uint16), ".png"),
    "red on black": (levels(~INVERTED, (0, 0, 0), (255, 0, 0)), ".png"),
    "red on white": (levels(~INVERTED, (255, 255, 255), (255, 0, 0)), ".png"),
    "cut-out": (with_alpha(levels(~INVERTED, 9, 90), levels(~INVERTED, 0, 255)), ".png"),
    "alpha 0 everywhere": (with_alpha(levels(~INVERTED, 0, 255), 0), ".png"),
    "faint": (cv2.GaussianBlur(levels(~INVERTED, 0, 180), (0, 0), 0.5), ".png"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_masks_are_read_as_ground_truth_is(masks: Path, kind: str) -> None:
    pixels, suffix = KINDS[kind]
    for id_ in IDS:
        Pillow.fromarray(pixels).save(masks / f"{id_}{suffix}")
    prediction, _ = opened(masks).recall("a")
    assert prediction is not None
    assert ((prediction.alpha >= 128) == ~INVERTED).mean() > 0.999


def test_of_two_files_of_a_name_the_png_counts(masks: Path) -> None:
    made(masks, "{}.jpg")
    made(masks, "{}.png")
    assert opened(masks)._masks["a"].suffix == ".png"


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("x{}.png", "xa.png, xb.png, xc.png"),
        ("out/{}.png", "it holds out"),
        ("{}.gif.zip.png", "it holds"),
    ],
)
def test_a_folder_without_a_fitting_name_is_refused(
    command: Command, folder: Path, masks: Path, tmp_path: Path, name: str, there: str
) -> None:
    made(masks, name)
    for path in masks.glob("*.zip.png"):
        path.rename(path.with_suffix(""))
    done = command(
        "eval", "model=precomputed", f"model.root={masks}", "model.label=Mine",
        "dataset=folder", f"dataset.root={folder}",
    )  # fmt: skip
    assert done.returncode == 2
    assert "no mask for any of 3 photos; expected a.png, b.png, c.png" in done.stderr
    assert there in done.stderr
    assert not (tmp_path / "reports/photos/runs/Mine").exists()


@pytest.mark.parametrize("content", ["", "npy"])
def test_empty_folders_and_arrays_are_refused(masks: Path, content: str) -> None:
    for id_ in IDS if content else ():
        np.save(masks / f"{id_}.npy", MASK)
    with pytest.raises(Unavailable, match="it holds " + ("a.npy, b.npy" if content else "nothing")):
        Precomputed.check({"root": str(masks)}, IDS)


@pytest.mark.parametrize(
    "form", ["{}", "{}.jpg", "{}.PNG", "photos/{}.png", " {} ", "C:\\p\\{}.tif"]
)
@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-16", "\t"), ("utf-8", ";")]
)
def test_times_are_read(masks: Path, form: str, encoding: str, delimiter: str) -> None:
    made(masks, "{}.png")
    with (masks / "times.csv").open("w", newline="", encoding=encoding) as file:
        rows = [["id", "seconds"], *([form.format(id_), "1.5"] for id_ in IDS)]
        csv.writer(file, delimiter=delimiter).writerows(rows)
    Precomputed.check({"root": str(masks)}, IDS)
    assert [opened(masks).recall(id_)[1] for id_ in IDS] == [1.5, 1.5, 1.5]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id,seconds\na,1.5\nb,nan\n", "line 3: 'nan' is not a finite number"),
        ("id,seconds\na,1,5\n", "line 2 has 3 cells, the header 2: write numbers with a point"),
        ("id;seconds\na;1,5\n", "line 2: '1,5' has a decimal comma; write 1.5"),
        ("id,seconds\na,1\nb,2\na,3\n", "line 4: 'a' is listed twice"),
        ("id,seconds\na,1\na.jpg,2\n", "line 3: 'a' is listed twice"),
        ("id,seconds\nx/a.jpg,1\ny/a.jpg,2\n", "line 3: 'a' is listed twice"),
        ("id;seconds\na.png;1\n\n a ;1\n", "line 4: 'a' is listed twice"),
        ("id\tseconds\nC:\\x\\a.tif\t1\na\t2\n", "line 3: 'a' is listed twice"),
        ('id,seconds\n"a",1\na,2\n', "line 3: 'a' is listed twice"),
        ("id,seconds\n\u00fc,1\nu\u0308,2\n", "line 3: '\u00fc' is listed twice"),
        ("id,seconds\na,-1\n", "line 2: '-1' is below 0"),
        ("id,seconds\na,\n", "line 2: '' is not a number"),
        ("id,seconds\n,1\n", "line 2: no id"),
        ("id,seconds\na,1s\n", "line 2: '1s' is not a number"),
        ("id,time\na,1\n", "needs the columns id,seconds; it holds id, time"),
        ("", "needs the columns id,seconds; it holds nothing"),
    ],
)
def test_faults_of_times_are_named(masks: Path, text: str, reason: str) -> None:
    (masks / "times.csv").write_text(text, encoding="utf-8")
    with pytest.raises(Unavailable, match=f"times.csv: {reason}"):
        opened(masks)


def test_times_that_are_not_utf8_are_named(masks: Path) -> None:
    (masks / "times.csv").write_text("id,seconds\nschön,1\n", encoding="latin-1")
    with pytest.raises(Unavailable, match="line 2 is not UTF-8"):
        opened(masks)


def test_times_of_other_photos_are_refused(masks: Path) -> None:
    made(masks, "{}.png")
    (masks / "times.csv").write_text("id,seconds\nx,1\n", encoding="utf-8")
    with pytest.raises(
        Unavailable, match="none of its ids is a photo's; expected a, b, c; it holds x"
    ):
        Precomputed.check({"root": str(masks)}, IDS)


def test_times_alone_are_a_row_without_quality(masks: Path) -> None:
    (masks / "times.csv").write_text("id,seconds\na,90\n", encoding="utf-8")
    Precomputed.check({"root": str(masks)}, IDS)
    assert opened(masks).recall("a") == (None, 90)


@pytest.mark.parametrize("size", [(30, 40), (90, 121), (120, 90), (1, 1), (180, 240)])
def test_a_mask_of_another_size_is_named(
    command: Command, folder: Path, masks: Path, tmp_path: Path, size: tuple[int, int]
) -> None:
    made(masks, "{}.png")
    Pillow.fromarray(MASK).resize(size, Pillow.Resampling.NEAREST).save(masks / "b.png")
    done = command(
        "eval", "model=precomputed", f"model.root={masks}", "model.label=Mine",
        "dataset=folder", f"dataset.root={folder}",
    )  # fmt: skip
    assert done.returncode == 3
    told = f"{size[0]} pixels wide and {size[1]} high, its photo 90 and 120; export it"
    assert told in done.stderr
    assert read_scores(tmp_path / "reports/photos/runs/Mine")["b"] == ("error", "0.0")
