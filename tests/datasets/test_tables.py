"""Tables as spreadsheets and scripts write them: read, or refused with the line and the reason."""

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.errors import DatasetError
from datasets.folder import load
from datasets.listing.tables import parse_number, read_csv, read_jsonl
from tests.support.commands import Command
from tests.support.photos import make_folder

ROWS = [["id", "mm_per_px", "light"], ["a", "0.2", "dim"], ["b", "0.4", "schön"]]


def written(path: Path, encoding: str, delimiter: str, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_of_every_spreadsheet_are_read(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    root = make_folder(tmp_path, ["a", "b"])
    written(root / "metadata.csv", encoding, delimiter, ROWS)
    dataset = load(str(root), "set", "auto")
    assert [(s.mm_per_px, s.tags) for s in dataset.samples] == [
        (0.2, {"light": "dim"}),
        (0.4, {"light": "schön"}),
    ]
    assert not dataset.warnings + dataset.problems


@pytest.mark.parametrize("form", ["{}.png", "images/{}.png", "{}.jpg", "{}.JPG", "D:\\x\\{}.tif"])
def test_ids_may_have_suffix_and_folder(tmp_path: Path, form: str) -> None:
    root = make_folder(tmp_path, ["a", "b"])
    rows = [ROWS[0], *([form.format(row[0]), *row[1:]] for row in ROWS[1:])]
    written(root / "metadata.csv", "utf-8", ",", rows)
    dataset = load(str(root), "set", "auto")
    assert [s.mm_per_px for s in dataset.samples] == [0.2, 0.4]
    assert not dataset.warnings + dataset.problems


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("id;mm_per_px\na;0,2\n", "line 2: mm_per_px of 'a': '0,2' has a decimal comma; write 0.2"),
        ('id,mm_per_px\na,"0,2"\n', "line 2: mm_per_px of 'a': '0,2' has a decimal comma"),
        ("id,mm_per_px\n\na,nan\n", "line 3: mm_per_px of 'a': 'nan' is not a finite number"),
        ("id,mm_per_px\na,-1\n", "line 2: mm_per_px of 'a': '-1' is not above 0"),
        ("id,mm_per_px\na,1\na.png,2\n", "line 3: 'a' has several rows, the last one counts"),
        ("id,mm_per_px\nx,1\n", "line 2: 'x' names no photo"),
    ],
)
def test_faults_of_metadata_lose_no_photo(
    command: Command, tmp_path: Path, text: str, reason: str
) -> None:
    root = make_folder(tmp_path / "photos", ["a", "b"])
    (root / "metadata.csv").write_text(text, encoding="utf-8")
    done = command("eval", "model=otsu", "dataset=folder", f"dataset.root={root}")
    assert done.returncode == 0, done.stderr
    assert reason in done.stderr
    assert "no photo is missing for them" in done.stderr
    page = (tmp_path / "reports/photos/comparison.md").read_text("utf-8")
    assert "missing from every row" not in page + done.stderr


@pytest.mark.parametrize(
    "rows",
    [
        "a,1\na,2\n",
        "a.png,1\na,2\n",
        "images/a.png,1\na.PNG,2\n",
        "a,1\n\n a ,2\n",
        '"a",1\nD:\\x\\a.tif,2\n',
        "a,\na,2\n",
    ],
)
def test_of_several_rows_of_a_photo_the_last_counts(tmp_path: Path, rows: str) -> None:
    root = make_folder(tmp_path, ["a", "b"])
    (root / "metadata.csv").write_text("id,mm_per_px\n" + rows, encoding="utf-8")
    dataset = load(str(root), "set", "auto")
    warning, lacking = dataset.warnings
    assert "1 of 2 photos have mm_per_px" in lacking
    assert f"line {1 + rows.count(chr(10))}: 'a' has several rows, the last one counts" in warning
    assert dataset.samples[0].mm_per_px == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"id,light\na,sch\xf6n\n", "line 2 is not UTF-8 .byte 0xf6.; save it as UTF-8"),
        (b"id,mm_per_px\na,0.1\nb,0,2\n", "line 3 has 3 cells, the header 2: write numbers with a"),
        (b"id,light,light\na,1,2\n", "the header names the column 'light' twice"),
        (b'id,light\na,"dim\n', "line 2: "),
        (b"name,light\na,dim\n", "no column 'id', the photos' stems; it holds name, light"),
        (b"", "no column 'id'.*it holds nothing"),
    ],
)
def test_other_tables_are_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    root = make_folder(tmp_path, ["a"])
    (root / "metadata.csv").write_bytes(data)
    with pytest.raises(DatasetError, match=reason):
        load(str(root), "set", "auto")


def test_blank_lines_and_spaces_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("\n id , mm \n\n a , 1 \n , \n", encoding="utf-8")
    columns, rows = read_csv(tmp_path / "a.csv")
    assert columns == ["id", "mm"]
    assert [(row.line, row.cells) for row in rows] == [(4, {"id": "a", "mm": "1"})]


def test_excel_may_name_its_separator(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\nid;mm,px\na;1\n", encoding="utf-8")
    assert read_csv(tmp_path / "a.csv")[1][0].cells == {"id": "a", "mm,px": "1"}


cells = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5).map(str.strip)


@given(st.lists(st.tuples(cells.filter(bool), cells), min_size=1, max_size=5))
def test_what_python_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([("id", "note"), *rows])
    path = tmp_path_factory.mktemp("table") / "a.csv"
    path.write_bytes(text.getvalue().encode())
    assert [(r.cells["id"], r.cells.get("note", "")) for r in read_csv(path)[1]] == rows


def test_lines_of_json_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"a": 1}) + "\n\n[1]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 3 is not a JSON object"):
        read_jsonl(path)


@pytest.mark.parametrize("text", ["1,5", "-0,1", ",5"])
def test_decimal_commas_are_explained(text: str) -> None:
    with pytest.raises(ValueError, match=f"write {text.replace(',', '.')}"):
        parse_number(text)
