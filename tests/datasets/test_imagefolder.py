"""Hugging Face's ImageFolder layout, written as its documentation has it."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from PIL import Image as Pillow

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.imagefolder import load
from tests.support.photos import photo

Row = Mapping[str, object]


def write(place: Path, rows: Sequence[Row], form: str = "csv") -> None:
    """Metadata in ``place``, and the photo and mask of each row that names them."""
    for i, row in enumerate(rows):
        image, mask = photo(shift=i)
        for column, picture in (("file_name", image), ("mask_file_name", mask)):
            if name := row.get(column):
                path = place / str(name)
                path.parent.mkdir(parents=True, exist_ok=True)
                Pillow.fromarray(picture).save(path)
    path = place / f"metadata.{form}"
    if form == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        return
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
        writer.writeheader()
        writer.writerows(rows)


def pair(name: str, **more: object) -> dict[str, object]:
    return {"file_name": f"{name}.png", "mask_file_name": f"masks/{name}.png", **more}


def open_set(root: Path, split: str | None = None, mask_column: str | None = None) -> Dataset:
    return load(str(root), "set", split, mask_column, "auto")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_metadata_pairs_photos_and_masks(tmp_path: Path, form: str) -> None:
    rows = [
        pair("b", light="dim", mm_per_px=0.25, depth_file_name="d.png", profile_name="x"),
        pair("a", light="", mm_per_px="wide", seen=3),
    ]
    write(tmp_path, rows, form)
    dataset = open_set(tmp_path, mask_column="mask_file_name")
    a, b = dataset.samples
    assert (a.id, a.tags, a.mm_per_px) == ("a", {"seen": "3"}, None)
    assert (b.id, b.tags, b.mm_per_px) == ("b", {"light": "dim", "profile_name": "x"}, 0.25)
    assert (dataset.truth(b, (120, 90))[0] == photo()[1]).all()
    assert (dataset.truth(a, (120, 90))[0] == photo(shift=1)[1]).all()
    warning, lacking = dataset.warnings
    assert "1 of 2 photos have mm_per_px" in lacking
    assert "line 3: mm_per_px of 'a': 'wide' is not a number" in warning or form == "jsonl"


def test_scales_without_sense_are_counted(tmp_path: Path) -> None:
    write(tmp_path, [pair(f"a{i}", mm_per_px="n/a") for i in range(9)])
    assert not open_set(tmp_path).problems
    assert len(open_set(tmp_path).warnings) == 6
    assert "metadata.csv: 4 more" in open_set(tmp_path).warnings[-1]


def test_names_in_another_form_of_unicode_find_their_files(tmp_path: Path) -> None:
    write(tmp_path, [pair("schl\u00fcssel")])
    for place in (tmp_path, tmp_path / "masks"):
        (place / "schl\u00fcssel.png").rename(place / "schlu\u0308ssel.png")
    assert [s.id for s in open_set(tmp_path).samples] == ["schl\u00fcssel"]


def test_objects_and_nulls_of_jsonl_are_no_tags(tmp_path: Path) -> None:
    write(tmp_path, [pair("a", objects={"bbox": [1]}, note=None, wet=True, mass=1.5)], "jsonl")
    assert open_set(tmp_path).samples[0].tags == {"wet": "true", "mass": "1.5"}


def test_splits_with_metadata_of_their_own(tmp_path: Path) -> None:
    write(tmp_path / "train", [pair("a")])
    write(tmp_path / "test", [pair("b"), pair("c")], "jsonl")
    assert [s.id for s in open_set(tmp_path, "test").samples] == ["b", "c"]
    with pytest.raises(DatasetError, match=r"neither metadata\.csv nor.*holds test/, train/"):
        open_set(tmp_path)


def test_metadata_at_the_top_names_files_in_folders(tmp_path: Path) -> None:
    rows = [
        {"file_name": f"{split}/{name}.png", "mask_file_name": f"masks/{split}-{name}.png"}
        for split, name in (("train", "a"), ("test", "a"), ("test", "b"), ("tests", "c"))
    ]
    write(tmp_path, rows)
    assert [s.id for s in open_set(tmp_path).samples] == ["b", "c", "test-a", "train-a"]
    assert [s.id for s in open_set(tmp_path, "test").samples] == ["a", "b"]


def test_a_column_of_any_name_can_hold_the_masks(tmp_path: Path) -> None:
    write(tmp_path, [pair("a", cut="masks/b.png", trimap_file_name="t.png"), pair("b")])
    with pytest.raises(DatasetError, match="one of mask_file_name, trimap_file_name"):
        open_set(tmp_path)
    dataset = open_set(tmp_path, mask_column="cut")
    assert [s.truth.path.name for s in dataset.samples] == ["b.png"]
    assert dataset.samples[0].tags == {}
    with pytest.raises(DatasetError, match="no column 'alpha'; it holds file_name"):
        open_set(tmp_path, mask_column="alpha")


def test_files_that_are_not_there_are_a_line_each_kind(tmp_path: Path) -> None:
    write(tmp_path, [pair(name) for name in "abcdefghij"] + [{"file_name": "", "x": 1}])
    for name in "abcdefg":
        (tmp_path / f"{name}.png").unlink()
    (tmp_path / "masks" / "h.png").unlink()
    dataset = open_set(tmp_path)
    assert [s.id for s in dataset.samples] == ["i", "j"]
    nameless, photos, masks = dataset.problems
    assert "1 row without file_name" in nameless
    assert (
        "7 rows whose photo is not there (a.png, b.png, c.png, d.png, e.png and 2 more)" in photos
    )
    assert "1 row whose mask is not there (h.png)" in masks


def test_a_photo_of_several_rows_is_left_out_alone(tmp_path: Path) -> None:
    write(tmp_path, [pair("a"), pair("b"), {**pair("a"), "file_name": "./a.png"}])
    dataset = open_set(tmp_path)
    assert [sample.id for sample in dataset.samples] == ["b"]
    (problem,) = dataset.problems
    assert problem.endswith("'a.png' stands in lines 2, 4; keep one row, until then none is used")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("metadata.csv", "id,mask_file_name\na,b\n", "no column 'file_name', the photo's path"),
        (
            "metadata.csv",
            "file_name,text\na.png,x\n",
            "expected mask_file_name, it holds file_name",
        ),
        ("metadata.csv", "file_name,mask_file_name\na,b\na,b\n", r"'a' stands in lines 2, 3; keep"),
        ("metadata.csv", "file_name,mask_file_name\na,b\n", r"nothing to evaluate \(1 row\)"),
        ("metadata.csv", "", "no column 'file_name', the photo's path; it holds nothing"),
        ("metadata.csv", "\udcff", "cannot be read as CSV: line 1 is not UTF-8"),
        ("metadata.jsonl", '{"file_name": "a.png"', "cannot be read .*one object a line"),
        ("metadata.jsonl", "[1]\n", "cannot be read .*one object a line"),
        ("metadata.jsonl", "[" * 100_000, "cannot be read .*one object a line"),
        ("metadata.parquet", "", "root must hold metadata.csv or .*holds metadata.parquet"),
    ],
)
def test_other_metadata_is_refused(tmp_path: Path, name: str, text: str, reason: str) -> None:
    (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DatasetError, match=reason):
        open_set(tmp_path)


def test_two_tables_and_no_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nowhere does not exist"):
        open_set(tmp_path / "nowhere")
    with pytest.raises(DatasetError, match="test is not a folder"):
        open_set(tmp_path, "test")
    write(tmp_path, [pair("a")])
    write(tmp_path, [pair("a")], "jsonl")
    with pytest.raises(DatasetError, match=r"holds metadata\.csv and metadata\.jsonl; remove"):
        open_set(tmp_path)
