"""photos.csv and photos.parquet: their numbers, docs/notebook.md on them, and table=."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd  # type: ignore[import-untyped]
import pytest
from pyarrow import parquet

from evaluate.compare.comparison import compare
from evaluate.compare.from_table import compare_table
from evaluate.compare.rows.photo_values import Photos
from evaluate.compare.rows.table_row import table_row
from evaluate.errors import ReportsError
from evaluate.report.markdown import notes, signature
from evaluate.report.photo_table import write_photo_table
from evaluate.store.photo_table.read import TablePart
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.scores import Score
from tests.evaluate.tables import prediction_table, score_table
from tests.support.commands import Command
from tests.support.projects import ROOT
from tests.tools.synthetic_reports import write_reports

PHOTOS, MODELS = 60, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Reports of a dataset with tags and traits, and both files."""
    folder = write_reports(tmp_path_factory.mktemp("table"), PHOTOS, MODELS)
    comparison = compare(folder / "runs", 0.02)
    runs = [Run(folder / "runs" / row.row) for row in comparison.rows]
    assert write_photo_table(comparison, folder, runs) == ["photos.csv", "photos.parquet"]
    return folder


def test_every_photo_of_every_row_is_listed_in_numbers(folder: Path) -> None:
    photos = pd.read_parquet(folder / "photos.parquet")
    assert len(photos) == PHOTOS * MODELS
    run = Run(folder / "runs" / "model-01")
    prediction = run.predictions()["photo-0000007"]
    line = photos[(photos.row == "model-01") & (photos.id == "photo-0000007")].iloc[0]
    assert line.seconds == prediction.seconds
    assert line.peak_rss_bytes == prediction.peak_rss_bytes
    traits = json.loads((folder / "traits.json").read_text())["photos"]["photo-0000007"]
    assert {name: line[f"trait_{name}"] for name in traits} == traits
    stored = pd.read_csv(run.scores).set_index("id").loc["photo-0000007"]
    assert {name: line[name] for name in ("iou", "hd95_px", "holes")} == {
        name: stored[name] for name in ("iou", "hd95_px", "holes")
    }
    tags = dict(tag.split("=") for tag in stored.tags.split(";"))
    assert {name: line[f"tag_{name}"] for name in tags} == tags


def test_both_files_have_the_same_content_and_are_documented(folder: Path) -> None:
    by_csv, by_parquet = (
        pd.read_csv(folder / "photos.csv"),
        pd.read_parquet(folder / "photos.parquet"),
    )
    assert by_csv.columns.is_unique
    pd.testing.assert_frame_equal(
        by_csv.astype(str), by_parquet[by_csv.columns].replace("", None).astype(str),
    )  # fmt: skip
    text = (ROOT / "docs" / "photos.md").read_text()
    known = {name for name in by_csv if name.startswith(("tag_", "trait_"))}
    assert {name for name in {*by_csv} - known if f"`{name}`" not in text} == set()


def test_the_notebook_gives_the_numbers_of_the_table(folder: Path) -> None:
    text = (ROOT / "docs" / "notebook.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    found: dict[str, Any] = {}
    code = "\n".join(blocks).replace("reports/sample", str(folder))
    exec(code, found)  # noqa: S102
    comparison = compare(folder / "runs", 0.02)
    best, second = comparison.rows[:2]
    assert found["table"].index[-1] == best.label
    assert found["table"].median_iou.iloc[-1] == pytest.approx(best.median)
    assert found["table"].p50_s.iloc[-2] == pytest.approx(second.times.median)  # type: ignore[union-attr]
    assert found["table"].above_90.iloc[-1] == pytest.approx(best.above(0.9) / PHOTOS)
    assert found["by_stratum"].shape == (3, MODELS)
    assert found["wins"] + found["losses"] <= PHOTOS
    assert 0 <= found["p"] <= 1


def test_comparing_the_table_equals_comparing_the_runs(folder: Path) -> None:
    of_runs, of_table = (
        compare(folder / "runs", 0.02),
        compare_table(folder / "photos.parquet", 0.02),
    )
    assert of_table == of_runs
    (one,) = compare_table(folder / "photos.parquet", 0.02, only=["model-01"]).rows
    assert one == next(row for row in of_runs.rows if row.row == "model-01")
    with pytest.raises(ReportsError, match="has no rows to compare"):
        compare_table(folder / "photos.parquet", 0.02, only=["none"])


def test_the_command_compares_a_table_as_it_compares_runs(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    place = tmp_path / "reports" / "synthetic"
    shutil.copytree(folder, place)
    own = (f"reports={place.parent}", "dataset=folder", "dataset.root=/none", "plots=false")
    done = command("compare", *own, "dataset.name=synthetic", "html=false")
    assert "photos.csv, photos.parquet" in done.stdout
    path = place / "photos.parquet"
    done = command("compare", f"table={path}", "plots=false")
    assert (done.returncode, done.stderr) == (0, "")
    found = place / "photos.compared"
    for name in ("comparison.md", "comparison.csv", "comparison.tex"):
        assert (found / name).read_bytes() == (place / name).read_bytes()
    record, full = (json.loads((at / "comparison.json").read_bytes()) for at in (found, place))
    schema = json.loads((ROOT / "docs" / "comparison.schema.json").read_text())
    jsonschema.validate(record, schema)
    assert record["photos_in"] == path.name
    assert (record["duels"], record["ranks"]) == (full["duels"], full["ranks"])
    numbers = pd.read_csv(found / "comparison.csv").set_index("row")
    assert numbers.median_iou.to_dict() == {
        one["row"]: one["quality"]["median"] for one in full["rows"]
    }


def test_failures_and_orders_survive(tmp_path: Path) -> None:
    """Rows of any order, from another program, without what is known of the runs."""
    folder = write_reports(tmp_path, PHOTOS, MODELS)
    comparison = compare(folder / "runs", 0.02)
    runs = [Run(folder / "runs" / row.row) for row in comparison.rows]
    write_photo_table(comparison, folder, runs)
    path = folder / "shuffled.parquet"
    photos = pd.read_parquet(folder / "photos.parquet").sample(frac=1, random_state=0)
    photos[["row", "id", "iou", "tag_light"]].to_parquet(path)
    found = compare_table(path, 0.02)
    assert [row.row for row in found.rows] == [row.row for row in comparison.rows]
    assert [row.median for row in found.rows] == [row.median for row in comparison.rows]
    assert signature(found).endswith("photos · threshold, crop, device and version unknown")
    gone = photos[["row", "id"]].assign(iou=photos.iou.where(photos.id != photos.id.iloc[0]))
    gone.to_parquet(path)
    assert notes(compare_table(path, 0.02))[0].endswith("(1 no-iou), counted as IoU 0")
    photos.to_csv(folder / "photos.csv")
    with pytest.raises(ReportsError, match=r"give photos\.parquet"):
        compare_table(folder / "photos.csv", 0.02)
    photos.iloc[1:][["row", "id", "iou"]].to_parquet(path)
    assert len(compare_table(path, 0.02).left_out) >= 1
    photos[["row", "iou"]].to_parquet(path)
    with pytest.raises(ReportsError, match="no column id"):
        compare_table(path, 0.02)
    path.write_bytes(b"no Parquet")
    with pytest.raises(ReportsError, match="not a Parquet file"):
        compare_table(path, 0.02)


def test_a_row_of_another_programs_table_says_nothing_of_its_run() -> None:
    part = TablePart(
        "x", "X", score_table([Score("a", "ok", 0.5, "", "")]),
        prediction_table([PredictionRecord("a", "ok")]), 0,
    )  # fmt: skip
    found = table_row(part, {}, Photos(["a"]))
    assert (found.threads, found.uncropped, found.damaged_lines, found.crop) == (0, 0, 0, "full")
    assert (found.device, found.command, found.facts, found.growth) == ("none", "", {}, None)


def test_nothing_is_imported_or_written_without_pyarrow(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evaluate.report.photo_table.has_pyarrow", lambda: False)
    comparison = compare(folder / "runs", 0.02)
    runs = [Run(folder / "runs" / row.row) for row in comparison.rows]
    (tmp_path / "photos.parquet").write_bytes(b"of an earlier comparison")
    assert write_photo_table(comparison, tmp_path, runs) == ["photos.csv"]
    assert [path.name for path in tmp_path.iterdir()] == ["photos.csv"]
    monkeypatch.setattr("evaluate.store.photo_table.read.has_pyarrow", lambda: False)
    with pytest.raises(ReportsError, match="make install extra=parquet"):
        compare_table(folder / "photos.parquet", 0.02)


def test_a_run_has_row_groups_of_its_own(folder: Path) -> None:
    file = parquet.ParquetFile(folder / "photos.parquet").metadata
    assert file.num_row_groups == MODELS
