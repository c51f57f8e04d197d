"""Whatever a stored file or a dataset's table holds: a clear error, never a traceback or a hang.

The seeds are fixed. FUZZ_INPUTS=20000 tries that many faults of each kind of file.
"""

import hashlib
import json
import os
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datasets import coco, folder, imagefolder, tracefinity, yolo
from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.pictures import PictureError
from evaluate.compare.analysis import analyse
from evaluate.compare.comparison import compare
from evaluate.compare.run_pair import compare_two
from evaluate.errors import CannotRun, ReportsError
from evaluate.report import comparison_csv, comparison_json
from evaluate.report.markdown import comparison_page
from evaluate.store.baseline import Baseline, Noise, read_baseline, write_baseline
from evaluate.store.paper_scores import (
    PAPER_METRICS,
    PaperScore,
    PaperScores,
    read_paper_scores,
    write_paper_scores,
)
from evaluate.store.run_folder import PredictionRecord, Run
from evaluate.store.scores import MEASURES, Score, Scoring, write_scores
from evaluate.store.traits import write_traits
from evaluate.trace.provenance import made_so_far
from models.precomputed import _times
from models.prompting.candidates import candidate_ious, read_candidates, write_candidates
from models.segmenter import Candidate, Facts, Unavailable
from models.stored.run_files import latest_lines
from tests.evaluate.store.damage import damaged
from tests.support.photos import make_folder, photo

INPUTS = int(os.environ.get("FUZZ_INPUTS", "150"))
IDS = ("a", "b", "c")
CLEAR = (CannotRun, DatasetError, PictureError, ReportsError, Unavailable)


def try_all(path: Path, read: Callable[[], object], *, clear: tuple[type[Exception], ...]) -> None:
    """Read ``path`` with many faults, one after another."""
    whole = path.read_bytes()
    read()
    for seed in range(INPUTS):
        path.write_bytes(damaged(whole, random.Random(seed)))
        try:
            read()
        except clear:
            continue
        except Exception as error:
            raise AssertionError(f"seed {seed}: {path.read_bytes()[:2000]!r}") from error
    path.write_bytes(whole)


def scored(folder_: Path, iou: float) -> Run:
    """A scored run of three photos, the last of which failed."""
    run = Run(folder_)
    run.folder.mkdir(parents=True)
    session = {"started": "2026-11-28T05:09:08+00:00", "load_s": 0.1, "device": "cpu"}
    run.write_about(
        {
            "label": folder_.name,
            "command": "make eval",
            "key": "k" * 64,
            "row": folder_.name,
            "licences": {"code": "AGPL-3.0"},
            "git": {"commit": "0" * 40, "dirty": True},
            "identity": {
                "config": {
                    "target": "models.otsu.Otsu",
                    "options": {"a": {"b": 1}},
                    "warmup": 1,
                    "steps": {"crop": {"choice": "paper", "options": {}}},
                },
                "files": "0" * 64,
                "photos": "0" * 64,
                "code": {"sources": "0" * 64, "packages": {"numpy": "2.0"}},
                "machine": {"cpu": "x", "cores": 2},
                "conditions": {"threads": 2, "device": "auto", "timeout_s": 600.0},
            },
            "sessions": [{**session, "weights": {"w": "sha256:0"}, "warmup_s": [0.1, None]}],
        }
    )
    facts: Facts = {"tokens": 3, "cost_usd": 0.1, "fell_back_to_px": 512, "tier": "x"}
    for number, id_ in enumerate(IDS):
        run.append(
            PredictionRecord(
                id_, "ok" if number < 2 else "error", 0.1 + number, size=(120, 90),
                box=(0, 0, 50, 60), model_seconds=0.1, facts=facts, candidates=3,
                peak_rss_bytes=10**9, rss_bytes=10**9 + number, session=0,
            )
        )  # fmt: skip
    measures = dict.fromkeys(MEASURES, 1.5)
    write_scores(
        run,
        Scoring("0.1.0", "photos", "0" * 64, 128, "2026-11-28T05:09:08+00:00", ("a notice",)),
        "white",
        [
            Score(id_, "ok" if n < 2 else "error", iou * (n < 2), "light=dim", "", 0.9, measures)
            for n, id_ in enumerate(IDS)
        ],
    )
    return run


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    place = tmp_path / "photos"
    scored(place / "runs" / "one", 0.5)
    scored(place / "runs" / "two", 0.75)
    traits = {id_: {"brightness": 0.5, "touches_border": False, "pieces": 1} for id_ in IDS}
    write_traits(place / "traits.json", "0" * 64, "x", traits)
    return place


def show(reports: Path) -> None:
    comparison = compare(reports / "runs", 0.01)
    analysis = analyse(comparison)
    for columns in ("issue", "full"):
        comparison_page(comparison, columns, "", {})
        comparison_csv.to_csv(comparison, columns)
    comparison_json.to_json(analysis)


@pytest.mark.parametrize(
    "name",
    ["runs/two/run.json", "runs/two/predictions.jsonl", "runs/two/scores.json", "traits.json"],
)
def test_files_of_a_comparison(reports: Path, name: str) -> None:
    try_all(reports / name, lambda: show(reports), clear=CLEAR)
    if "/two/" in name:
        try_all(reports / name, lambda: compare_two(reports, "one,two", 0.01), clear=CLEAR)


def test_scores_whose_hash_fits(reports: Path) -> None:
    run = Run(reports / "runs" / "two")
    about = json.loads(run.scoring.read_bytes())

    def read() -> None:
        digest = hashlib.sha256(run.scores.read_bytes()).hexdigest()
        run.scoring.write_text(json.dumps({**about, "scores_sha256": digest}))
        show(reports)

    try_all(run.scores, read, clear=CLEAR)


@pytest.mark.parametrize("name", ["paper.csv", "paper.json"])
def test_paper_scores(reports: Path, name: str) -> None:
    run = Run(reports / "runs" / "two")
    values = dict.fromkeys(PAPER_METRICS, 0.5)
    photos = tuple(PaperScore(id_, "ok", values) for id_ in IDS)
    curves = {"iou": [0.5] * 256}
    write_paper_scores(run, PaperScores("0" * 64, 0.3, 128, curves, photos))
    about = json.loads((run.folder / "paper.json").read_bytes())

    def read() -> None:
        if name == "paper.csv":
            digest = hashlib.sha256((run.folder / name).read_bytes()).hexdigest()
            (run.folder / "paper.json").write_text(json.dumps({**about, "paper_sha256": digest}))
        read_paper_scores(run)

    try_all(run.folder / name, read, clear=CLEAR)


def test_a_baseline(tmp_path: Path) -> None:
    path, ious = tmp_path / "otsu.json", dict.fromkeys(IDS, 0.5)
    noise = Noise(3, 0.001, {"a": 0.01})
    pixels = {"inside": dict.fromkeys(IDS, 1.5)}
    write_baseline(
        Baseline(
            "otsu", "0.1", "photos", "0", 128, ious, {"c": "error"}, {"x": 2.0}, noise, pixels
        ),
        path,
    )
    try_all(path, lambda: read_baseline(path, "make baseline"), clear=(ReportsError,))
    for text in ("Infinity", "1e999", "NaN", "0", "256", "true"):
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "threshold": "T"}, indent=1))
        path.write_text(path.read_text().replace('"T"', text))
        with pytest.raises(ReportsError, match=r"damaged .*threshold"):
            read_baseline(path, "make baseline")


def test_candidates(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    mask = photo()[1]
    write_candidates(path, [Candidate(mask, 0.5), Candidate(~mask, 0.25)])
    try_all(path, lambda: candidate_ious(path, mask), clear=(ValueError,))
    try_all(path, lambda: read_candidates(path), clear=(ValueError,))


def test_a_run_to_select_from(reports: Path) -> None:
    path = reports / "runs" / "two" / "predictions.jsonl"
    try_all(path, lambda: latest_lines(path.parent), clear=(Unavailable,))


def test_times_and_the_record_of_traced_masks(tmp_path: Path) -> None:
    path = tmp_path / "times.csv"
    path.write_text("id,seconds\na,1.5\nb.png,2\n")
    try_all(path, lambda: _times(path), clear=(Unavailable,))
    path = make_folder(tmp_path / "set", list(IDS)) / "traced.json"
    path.write_text(json.dumps({id_: {"model": "gemini", "on": "2026"} for id_ in IDS}))
    try_all(path, lambda: made_so_far(path.parent), clear=(CannotRun,))
    try_all(path, lambda: folder.load(str(path.parent), "set", "auto"), clear=(DatasetError,))


def look_at(dataset: Dataset) -> None:
    for sample in dataset.samples:
        try:
            dataset.truth(sample, (120, 90))
        except PictureError:
            continue


def test_tables_and_records_of_datasets(tmp_path: Path) -> None:
    place = make_folder(tmp_path / "set", list(IDS))
    table = place / "metadata.csv"
    table.write_text("id,mm_per_px,light\na,0.25,dim\nb,0.5,\nc,,x\n")
    try_all(table, lambda: folder.load(str(place), "set", "auto"), clear=(DatasetError,))
    rows = "".join(f"images/{i}.png,masks/{i}.png,0.5,x\n" for i in IDS)
    table.write_text("file_name,mask_file_name,mm_per_px,light\n" + rows)
    open_set = lambda: imagefolder.load(str(place), "set", None, None, "auto")  # noqa: E731
    try_all(table, open_set, clear=(DatasetError,))
    table.unlink()
    lines = [
        {"file_name": f"images/{i}.png", "mask_file_name": f"masks/{i}.png", "mm_per_px": 0.5}
        for i in IDS
    ]
    table = place / "metadata.jsonl"
    table.write_text("\n".join(map(json.dumps, lines)))
    try_all(table, open_set, clear=(DatasetError,))


def test_coco(tmp_path: Path) -> None:
    place = make_folder(tmp_path / "set", list(IDS))
    mask = photo()[1]
    runs = np.diff([0, *np.flatnonzero(np.diff(mask.T.ravel().astype(np.int8))) + 1, mask.size])
    content = {
        "images": [
            {"id": n, "file_name": f"images/{id_}.png", "width": 90, "height": 120}
            for n, id_ in enumerate(IDS)
        ],
        "annotations": [
            {"id": n, "image_id": n % 3, "category_id": 1, "segmentation": form}
            for n, form in enumerate(
                (
                    [[10.5, 10, 50, 10, 50, 60], [1, 1, 9, 1, 9, 9]],
                    {"size": [120, 90], "counts": runs.tolist()},
                    {"size": [120, 90], "counts": "PPYo1"},
                )
            )
        ],
        "categories": [{"id": 1, "name": "wrench"}],
    }
    path = place / "all.json"
    path.write_text(json.dumps(content))
    for wanted in (None, "wrench"):
        read = lambda wanted=wanted: look_at(coco.load(str(place), "set", str(path), wanted))  # noqa: E731
        try_all(path, read, clear=(DatasetError,))


def test_yolo(tmp_path: Path) -> None:
    place = make_folder(tmp_path / "set", list(IDS))
    (place / "labels").mkdir()
    for id_ in IDS:
        (place / "labels" / f"{id_}.txt").write_text("0 0.1 0.1 0.9 0.1 0.9 0.9\n1 0 0 1 0 1 1\n")
    names = place / "data.yaml"
    names.write_text("path: /data\nnames:\n  0: wrench\n  1: pliers\n")
    for path in (place / "labels" / "a.txt", names):
        read = lambda: look_at(yolo.load(str(place), "set", None, "wrench"))  # noqa: E731
        try_all(path, read, clear=(DatasetError,))


@pytest.mark.parametrize("form", ["masks", "polygons"])
def test_tracefinity(tmp_path: Path, form: str) -> None:
    place = make_folder(tmp_path / "me", list(IDS))
    ring = [{"x": 1.5, "y": 2}, {"x": 50, "y": 2}, {"x": 50, "y": 60}]
    record = {
        id_: {
            "corrected_image_path": f"me/images/{id_}.png",
            "mask_image_path": f"me/masks/{id_}.png",
            "scale_factor": 0.25,
            "polygons": [{"points": ring, "interior_rings": [ring]}],
            "paper_size": "a4",
        }
        for id_ in IDS
    }
    path = place / "sessions.json"
    path.write_text(json.dumps(record))
    read = lambda: look_at(tracefinity.load(str(place), "set", form))  # noqa: E731
    try_all(path, read, clear=(DatasetError,))
