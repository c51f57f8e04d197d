"""Paper metrics of stored masks: every photo counts, and the unchanged is not computed again."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.caching import cache
from datasets.dataset import Dataset
from datasets.folder import load
from evaluate.errors import ReportsError
from evaluate.paper import photo_metrics as module
from evaluate.paper.stage import compute_paper_scores
from evaluate.paper.truth_parts import TruthParts, read_truth
from evaluate.report.paper.files import PAPER_PLOT_TEXTS
from evaluate.report.paper.publish import is_current
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.paper_scores import PaperScore, PaperScores, read_paper_scores
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.scores import Measuring, Scoring
from tests.support.commands import Command
from tests.support.photos import make_folder, photo
from tests.support.runs import stored_about

NAMES = ["a", "b", "c", "d"]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return load(str(make_folder(tmp_path / "photos", NAMES)), "photos", "auto")


@pytest.fixture
def run(tmp_path: Path, dataset: Dataset) -> Run:
    """Of ``a`` the truth's mask, of ``b`` a soft one, ``c`` failed, and ``d`` was unreadable."""
    run = Run(tmp_path / "run")
    run.masks.mkdir(parents=True)
    run.write_about(stored_about("Row"))
    for i, name in enumerate("ab"):
        _, mask = photo(shift=i)
        levels = np.where(mask, np.uint8(255 - 100 * i), np.uint8(20 * i))
        Pillow.fromarray(levels).save(run.mask(name))
    for name, status in zip(NAMES, ("ok", "ok", "error", "unreadable"), strict=True):
        size = None if status == "unreadable" else (120, 90)
        run.append(PredictionRecord(name, status, size=size))
    (dataset.samples[3].image_path).write_bytes(b"no picture")
    return run


def computed(run: Run, dataset: Dataset) -> PaperScores:
    return compute_paper_scores([run], dataset, Measuring(0.3))[run.row]


def test_every_photo_counts(run: Run, dataset: Dataset) -> None:
    computed(run, dataset)
    found = read_paper_scores(run)
    assert found is not None
    a, b, c, d = (photo.values for photo in found.photos)
    assert [p.status for p in found.photos] == ["ok", "ok", "error", "unreadable"]
    for name in ("s", "f_max", "weighted_f", "iou", "boundary_iou", "boundary_f_3px"):
        assert a[name] == pytest.approx(1), name
        assert c[name] < 0.6, name
    assert a["mae"] == a["hce"] == a["assd_px"] == 0
    assert 0 < b["mae"] < c["mae"] < d["mae"] == 1
    assert b["stretched_weighted_f"] > b["weighted_f"]
    assert c["hausdorff_px"] == 150  # the photo's diagonal
    assert {d[n] for n in ("s", "e_mean", "f_max", "iou", "surface_dice_clearance")} == {0}
    assert "hce" not in d
    assert found.curves["iou"][128] == pytest.approx(
        np.median([p.values["iou"] for p in found.photos])
    )
    mean = np.mean([p.values["stretched_f_max"] for p in found.photos])
    assert max(found.curves["stretched_f"]) == pytest.approx(mean)


def test_a_failure_on_an_empty_truth_is_not_right(run: Run, dataset: Dataset) -> None:
    empty = Pillow.new("1", (90, 120))
    empty.save(dataset.samples[2].truth.path)
    stated = replace(dataset, foreground="white")
    scores = computed(run, stated)
    values = scores.photos[2].values
    assert values["iou"] == values["s"] == values["f_max"] == 0
    assert values["weighted_f"] < 0.1  # not 0, as its Gaussian sees no error beyond the photo
    assert values["mae"] == 1


def test_what_is_unchanged_is_not_computed_again(
    run: Run, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.use(tmp_path / "cache.sqlite")
    first = computed(run, dataset)
    calls = list[object]()
    monkeypatch.setattr(module, "_measured", lambda *a: calls.append(a))
    assert computed(run, dataset) == first
    assert not calls


def test_rows_share_the_truth_and_not_their_errors(
    run: Run, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = compute_paper_scores([run], dataset, Measuring(0.3))[run.row]
    second = Run(shutil.copytree(run.folder, run.folder.with_name("second")))
    damaged = Run(shutil.copytree(run.folder, run.folder.with_name("damaged")))
    damaged.mask("b").write_bytes(b"no picture")
    cache.use(None)
    reads = list[str]()

    def counted(opened: OpenedPhoto) -> TruthParts:
        reads.append(opened.sample.id)
        return read_truth(opened)

    monkeypatch.setattr(module, "read_truth", counted)
    with pytest.raises(ReportsError, match="missing or damaged"):
        compute_paper_scores([run, damaged, second], dataset, Measuring(0.3))
    assert sorted(reads) == ["a", "b", "c"]
    assert read_paper_scores(second) == read_paper_scores(run) == alone


def test_metrics_of_earlier_masks_are_not_shown(run: Run, dataset: Dataset) -> None:
    scores = computed(run, dataset)
    scoring = Scoring("", "photos", dataset.content_hash, 128, "")
    assert is_current(scores, run, scoring)
    assert not is_current(scores, run, replace(scoring, threshold=100))
    run.append(PredictionRecord("c", "ok", size=(120, 90)))  # make eval retry=true
    assert not is_current(scores, run, scoring)


def test_damage_is_found(run: Run, dataset: Dataset) -> None:
    assert read_paper_scores(run) is None
    computed(run, dataset)
    (run.folder / "paper.csv").write_text("id,status\n")
    with pytest.raises(ReportsError, match="make score metrics=paper"):
        read_paper_scores(run)


def test_soft_truth_has_matting_errors(run: Run, dataset: Dataset) -> None:
    _, mask = photo()
    levels = np.where(mask, np.uint8(255), np.uint8(0))
    levels[30, 20:25] = 100
    Pillow.fromarray(levels).save(dataset.samples[0].truth.path)
    soft = replace(dataset, foreground="white")
    values = computed(run, soft).photos[0].values
    assert values["sad_whole"] == values["sad_unknown"] == pytest.approx(5 * 100 / 255 / 1000)
    assert values["mse_unknown"] > values["mse_whole"] > 0


def test_eval_writes_the_tables(command: Command, tmp_path: Path) -> None:
    root = make_folder(tmp_path / "photos", list("abcdefg"))
    place = ("dataset=folder", f"dataset.root={root}", "html=false", "metrics=paper")
    for model in ("otsu", "background"):
        done = command("eval", f"model={model}", *place, "plots=true")
        assert done.returncode == 0, done.stderr
    folder = tmp_path / "reports" / "photos"
    page = (folder / "paper.md").read_text(encoding="utf-8")
    assert "| **1.000** | **1.000** | **0.000** | **1.000** |" in page  # otsu is right
    assert "Background only | 0.000 [0.000, 0.000] |" in page
    assert r"\textbf{1.000}" in (folder / "paper.tex").read_text(encoding="utf-8")
    with (folder / "paper.csv").open(newline="", encoding="utf-8") as file:
        rows = {(r["model"], r["metric"]): r for r in csv.DictReader(file)}
    assert float(rows["Otsu", "iou"]["mean"]) == 1
    assert rows["Otsu", "iou"]["photos"] == "7"
    plots = [folder / f"{n}.{e}" for n in PAPER_PLOT_TEXTS for e in ("png", "svg")]
    assert all(plot.is_file() for plot in plots)
    assert "(iou-threshold.png)" in page
    assert "(paper-curves.png)" in page
    done = command("compare", *place, "plots=false")
    assert "png" not in (folder / "paper.md").read_text(encoding="utf-8")
    assert not any(plot.is_file() for plot in plots)
    # A comparison without paper metrics removes those of an earlier one.
    done = command("compare", *place[:3])
    assert "Removed, as of an earlier comparison: paper.md, paper.csv, paper.tex" in done.stderr
    assert not list(folder.glob("paper.*"))
    assert "paper" not in command("compare", *place[:3]).stdout


def test_rows_that_are_not_told_apart_are_marked() -> None:
    from evaluate.report.paper.tables import PAPER_TABLES, table_cells

    def scores(values: list[float]) -> PaperScores:
        photos = [PaperScore(str(i), "ok", {"iou": v}) for i, v in enumerate(values)]
        return PaperScores("", 0.3, 128, {}, tuple(photos))

    rows = [
        scores([0.9] * 10),
        scores([0.94, 0.84] * 5),
        scores([0.1] * 10),
    ]
    table = next(t for t in PAPER_TABLES if t.title == "Masks cut at the threshold")
    cells = table_cells(table, rows)
    assert cells is not None
    assert [(row[0].best, row[0].tied) for row in cells] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert cells[2][0].text == "0.100 [0.100, 0.100]"
    assert cells[0][1].text == "–"
