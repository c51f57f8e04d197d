"""The rows of a manifest: three forms, one content; faults are named with their lines."""

import csv
import json
import sys
from pathlib import Path

import pytest
from pyarrow import Table, parquet

from datasets.by_url.locations import identity, locate, shown
from datasets.by_url.row_table import ManifestRow, row_table
from datasets.errors import DatasetError

ROWS: list[dict[str, object]] = [
    {"id": "b", "image": "s3://bucket/b.jpg", "truth": "masks/b.png", "light": "dim"},
    {"id": "a", "image": "/photos/a.jpg", "truth": "../a.png", "mm_per_px": 0.25, "seen": 3},
]


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)))
            writer.writeheader()
            writer.writerows(rows)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        parquet.write_table(Table.from_pylist(rows), path)
    return path


def read(path: Path) -> list[ManifestRow]:
    table = row_table(path, path.parent / "cache")
    return list(table.rows(0, table.count))


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_every_form_gives_the_same_rows_by_id(tmp_path: Path, form: str) -> None:
    rows = [{**dict.fromkeys(("light", "mm_per_px", "seen")), **row} for row in ROWS]
    a, b = read(write(tmp_path / f"photos.{form}", rows))
    assert (a.id, a.image, a.truth, a.mm_per_px) == ("a", "/photos/a.jpg", "../a.png", 0.25)
    assert (a.tags, b.id, b.tags) == ({"seen": "3"}, "b", {"light": "dim"})


def test_faulty_rows_are_named_and_left_out_again_from_the_stored_rows(tmp_path: Path) -> None:
    more: list[dict[str, object]] = [
        {"id": "c", "image": "c.jpg", "truth": "c.png", "mm_per_px": "wide"},
        {"id": "d", "image": "d.jpg"},
        {"id": "../e", "image": "e.jpg", "truth": "e.png"},
        {"id": "f", "image": "f.jpg", "truth": "f.png"},
        {"id": "f", "image": "g.jpg", "truth": "g.png"},
    ]
    manifest = write(tmp_path / "photos.csv", ROWS + more)
    for _ in range(2):
        table = row_table(manifest, tmp_path / "cache")
        assert [row.id for row in table.rows(0, table.count)] == ["a", "b", "c"]
        problems = "\n".join(table.problems)
        assert "line 5: without 'truth'" in problems
        assert "line 6: the id '../e' cannot name a file" in problems
        assert "the id 'f' stands in 2 rows, first in line 7" in problems
        assert "line 4: mm_per_px of 'c': 'wide' is not a number" in table.warnings[0]
    assert len(list((tmp_path / "cache").glob("*.sqlite"))) == 1


def test_scales_that_are_missing_misnamed_or_far_off_are_named(tmp_path: Path) -> None:
    def warnings(*scales: float | None, column: str = "mm_per_px") -> list[str]:
        rows: list[dict[str, object]] = [
            {"id": f"{i:02}", "image": "a.jpg", "truth": "a.png", column: scale}
            for i, scale in enumerate(scales)
        ]
        manifest = write(tmp_path / "photos.csv", rows)
        return row_table(manifest, tmp_path / "cache").warnings

    lacking, off = warnings(0.2, 3, None, 0.3, 0.2, *[None] * 5)
    assert "4 of 10 photos have mm_per_px; distances stay in px until these" in lacking
    assert lacking.endswith(": 02, 05, 06, 07, 08 and 1 more")
    assert "mm_per_px of '01', 3, is more than 10 times off the median, 0.25;" in off
    *_, rest = warnings(*[0.2] * 8, *[2.1] * 7)
    assert rest.endswith("photos.csv: 2 more scales to look at")
    assert warnings(0.2, 2, 0.02) == warnings(None, None) == []
    (misnamed,) = warnings(0.2, column="mm_per_pixel")
    assert "the column 'mm_per_pixel' is a tag and no scale" in misnamed


def test_an_unusable_manifest_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "damaged.jsonl").write_text('{"id": "a"\n')
    (tmp_path / "damaged.parquet").write_bytes(b"no parquet")
    (tmp_path / "photos.xlsx").touch()
    write(tmp_path / "empty.csv", [{"id": "", "image": "a", "truth": "a"}])
    for name, reason in (
        ("damaged.jsonl", "line 1 is not a JSON object"),
        ("damaged.parquet", "cannot be read as parquet"),
        ("photos.xlsx", r"must be one of .csv, .jsonl, .parquet"),
        ("missing.csv", "does not exist"),
        ("empty.csv", "nothing to evaluate"),
    ):
        with pytest.raises(DatasetError, match=reason):
            read(tmp_path / name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DatasetError, match="make install extra=parquet"):
        read(tmp_path / "damaged.parquet")


def test_urls_are_known_and_shown_without_what_signs_them() -> None:
    signed = "https://me:secret@host/a.jpg?page=2&X-Amz-Signature=abc&X-Amz-Expires=60"
    assert identity(signed) == "https://host/a.jpg?page=2"
    assert shown(signed) == "https://host/a.jpg?…"
    assert locate(Path("/m"), "file:///photos/a%20b.jpg") == Path("/photos/a b.jpg")
    assert locate(Path("/m"), "sub/a.jpg") == Path("/m/sub/a.jpg")
    assert locate(Path("/m"), "s3://bucket/a.jpg") == "s3://bucket/a.jpg"
