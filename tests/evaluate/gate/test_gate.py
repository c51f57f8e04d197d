"""The gate: exit 0 pass, 1 regressed, 2 not comparable; and which photos changed."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from PIL import Image as Pillow
from PIL import ImageFilter

from evaluate.errors import ReportsError
from evaluate.gate.baseline import noise_of
from evaluate.store.baseline import Noise
from evaluate.store.run_folder import PredictionRecord
from tests.evaluate.gate.gate_folder import Gate
from tests.support.photos import opened
from tests.support.projects import ROOT
from tests.support.runs import rewrite


def test_pass(gate: Gate) -> None:
    assert gate.make("baseline").returncode == 0
    done = gate.make("gate")
    assert done.returncode == 0, done.stderr
    assert "median IoU 1.0000 → 1.0000" in done.stdout
    assert done.stdout.rstrip().endswith("pass")
    assert "/photos/gate: otsu.md, junit.xml\n" in done.stdout


def test_a_fallen_median_is_a_regression(gate: Gate) -> None:
    gate.erase(6)
    done = gate.make("gate")
    assert done.returncode == 1
    assert "REGRESSED" in done.stdout
    assert "p0  1.000 → 0.493  (-0.507)" in done.stdout
    wide = ("allowed_drop=0.6", "gate.photo_drop=0.6", "gate.chance=0.01")
    assert gate.command("gate", *wide).returncode == 0


def test_changed_photos_are_shown_even_if_the_median_holds(gate: Gate) -> None:
    gate.erase(2)
    done = gate.command("gate", "gate.photo_drop=null")
    assert done.returncode == 0
    assert "p1  1.000 → 0.493" in done.stdout


def test_a_regression_fails_even_if_stdout_is_closed(gate: Gate) -> None:
    gate.erase(6)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "evaluate", "gate", "model=otsu", *gate.own],
            cwd=ROOT, stdout=closed, check=False,
        )  # fmt: skip
    assert done.returncode == 1


def test_an_invalid_setting_leaves_no_earlier_verdict(gate: Gate) -> None:
    assert gate.command("gate").returncode == 0
    assert gate.command("gate", "gate.chance=some").returncode == 2
    assert not list((gate.reports / "photos" / "gate").iterdir())


def test_slices_need_the_traits_of_all_photos(gate: Gate) -> None:
    lights = "".join(f"p{i},{'lamp' if i < 5 else 'day'}\n" for i in range(10))
    (gate.folder / "metadata.csv").write_text(f"id,light\n{lights}")
    gate.command("eval")
    gate.command("baseline")
    assert gate.command("gate", "gate.slice_drop=0.1").returncode == 0
    (gate.reports / "photos" / "traits.json").unlink()
    done = gate.command("gate", "gate.slice_drop=0.1")
    assert done.returncode == 2
    assert "traits.json: missing or of other photos" in done.stderr


def test_more_failed_photos_are_a_regression(gate: Gate) -> None:
    baseline = gate.baseline
    stored = json.loads(baseline.read_text())
    assert stored["failed"] == {}

    def late(one: PredictionRecord) -> PredictionRecord:
        return replace(one, status="timeout", error="no answer in 1 s") if one.id == "p3" else one

    rewrite(gate.masks.parent, late)
    gate.command("score")
    done = gate.command("gate")
    assert done.returncode == 1
    assert "failed photos 0 → 1" in done.stdout


def test_a_stray_file_is_not_a_regression(gate: Gate) -> None:
    Pillow.new("L", (90, 120)).save(gate.folder / "masks" / "stray.png")
    assert gate.command("gate").returncode == 0


def test_a_missing_run_is_reported_with_its_command(gate: Gate) -> None:
    for target in ("gate", "baseline"):
        done = gate.command(target, "model.threshold=100")
        assert done.returncode == 2
        assert "otsu+threshold=100: no such run; run: make eval dataset=folder" in done.stderr
        assert "model=otsu model.threshold=100" in done.stderr


def test_an_outdated_run_is_not_judged(gate: Gate) -> None:
    Pillow.new("L", (90, 120)).save(gate.folder / "masks" / "p0.png")
    done = gate.command("gate")
    assert done.returncode == 2
    assert (
        "not comparable, ground truth changed since it was made; run: make eval dataset=folder"
        in done.stderr
    )
    Pillow.new("RGB", (90, 120)).save(gate.folder / "images" / "p0.png")
    done = gate.command("gate")
    assert done.returncode == 2
    assert "photos changed" in done.stderr


def test_without_baseline_or_run_nothing_is_comparable(gate: Gate) -> None:
    gate.baseline.unlink()
    done = gate.make("gate")
    assert done.returncode == 2
    assert "no baseline; run: make baseline dataset=folder" in done.stderr
    assert gate.command("baseline").returncode == 0
    (gate.masks.parent / "scores.json").unlink()
    done = gate.command("gate")
    assert done.returncode == 2
    assert "predicted, not scored yet; run: make score dataset=folder" in done.stderr


def test_another_dataset_is_not_comparable(gate: Gate) -> None:
    Pillow.new("L", (90, 120)).save(gate.folder / "masks" / "p0.png")
    gate.command("score")
    done = gate.command("gate")
    assert done.returncode == 2
    assert "not comparable, dataset_hash is" in done.stderr


def test_a_baseline_without_photos_never_passes(gate: Gate) -> None:
    stored = json.loads(gate.baseline.read_text())
    gate.baseline.write_text(json.dumps(stored | {"photos": {"p0": "good"}}))
    done = gate.command("gate")
    assert done.returncode == 2
    assert f"{gate.baseline}: damaged" in done.stderr


@pytest.mark.parametrize("content", ["{}", "no json", '{"photos": 3}'])
def test_a_damaged_baseline_never_passes(gate: Gate, content: str) -> None:
    gate.baseline.write_text(content)
    done = gate.command("gate")
    assert done.returncode == 2
    assert str(gate.baseline) in done.stderr
    assert "Traceback" not in done.stderr


def test_scores_of_another_version_are_not_comparable(gate: Gate) -> None:
    stored = json.loads(gate.baseline.read_text())
    gate.baseline.write_text(json.dumps(stored | {"cutoutbench": "9.9"}))
    done = gate.command("gate")
    assert done.returncode == 2
    assert "not comparable, version is 9.9 there and 0.1.0 in the run" in done.stderr


def test_missing_photos_are_not_comparable(gate: Gate) -> None:
    stored = json.loads(gate.baseline.read_text())
    del stored["photos"]["p4"]
    gate.baseline.write_text(json.dumps(stored))
    done = gate.command("gate")
    assert done.returncode == 2
    assert "p4" in done.stderr


def test_a_baseline_is_sorted_and_rounded(gate: Gate) -> None:
    stored = json.loads(gate.baseline.read_text())
    assert list(stored["photos"]) == sorted(stored["photos"])
    assert len(gate.baseline.read_text().splitlines()) < 25
    assert stored["median_iou"] == 1.0


def test_reference_masks_noise_and_speed_against_another_model(gate: Gate) -> None:
    """Optional contents of a baseline, and all outputs of the gate."""
    assert gate.command("eval", "model=background").returncode == 0
    kept = ("repeats=2", "keep_masks=true", "gate.reference=background")
    done = gate.command("baseline", *kept)
    assert "noise of 2 runs: median IoU 0, any one photo 0" in done.stdout
    stored = json.loads(gate.baseline.read_text())
    assert stored["noise"] == {"repeats": 2, "median": 0.0, "photos": {}}
    assert stored["p50_ratios"]["background"] > 0
    assert len(list(gate.baseline.with_suffix("").glob("*.png"))) == 10
    assert not (gate.reports / "photos" / "repeats").exists()

    asked = ("allowed_drop=noise", "gate.slowdown=50", "gate.reference=background")
    done = gate.command("gate", *asked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "allowed to fall by 0.001 (3× the noise of 2 runs)" in done.stdout
    assert "p50 " in done.stdout
    assert "ok    masks 0 differ from the reference by IoU < 0.98" in done.stdout
    folder = gate.reports / "photos" / "gate"
    assert not (folder / "otsu.jpg").exists()

    gate.erase(1)
    done = gate.command("gate", "gate.photo_drop=null")
    assert done.returncode == 1
    assert "FAIL  masks 1 differ from the reference by IoU < 0.98, allowed 0 (p0)" in done.stdout
    suite = ElementTree.parse(folder / "junit.xml").getroot()[0]  # noqa: S314 - ours
    assert (suite.get("name"), suite.get("failures")) == ("otsu on photos", "1")
    assert "| ✗ | masks" in (folder / "otsu.md").read_text()
    assert opened(folder / "otsu.jpg").width > 1000

    gate.baseline.with_suffix("").rename(gate.reports / "lost")
    refused = gate.command("gate")
    assert refused.returncode == 2
    assert "the baseline's masks are missing; restore them, or run: make baseline" in refused.stderr
    (left,) = folder.iterdir()  # no verdict of before
    assert "masks are missing" in left.read_text()

    (gate.reports / "lost").rename(gate.baseline.with_suffix(""))
    assert gate.command("baseline").returncode == 0  # without keep_masks they go
    assert not gate.baseline.with_suffix("").exists()
    assert gate.command("gate", "gate.photo_drop=null").returncode == 0
    refused = gate.command("gate", "gate.slowdown=1", "gate.reference=background")
    assert refused.returncode == 2
    assert "the baseline stores no p50 relative to background" in refused.stderr


def test_a_photo_that_failed_once_is_not_noise() -> None:
    first, second = {"a": 0.9, "b": 0.8, "c": 0.7}, {"a": 0.9, "b": 0.81}
    assert noise_of([first, second]) == Noise(2, 0.005, {"b": 0.01})
    with pytest.raises(ReportsError, match="no noise to measure"):
        noise_of([{"a": 0.9}, {"b": 0.9}])


def test_limits_in_mm_need_every_scale(gate: Gate) -> None:
    asked = ("gate.inside_mm_rise=0.1", "gate.photo_drop=null", "gate.chance=null",
             "allowed_drop=0.3")  # fmt: skip
    done = gate.command("gate", *asked)
    assert done.returncode == 2
    assert "the scale of 10 of 10 photos is unknown (p0, p1, p2, …)" in done.stderr
    scales = "".join(f"p{i},0.2\n" for i in range(10))
    (gate.folder / "metadata.csv").write_text(f"id,mm_per_px\n{scales}")
    done = gate.command("gate", *asked)
    assert done.returncode == 2
    assert (
        "the baseline stores no inside distances; run: make baseline dataset=folder" in done.stderr
    )
    assert f"reports={gate.reports} gate.inside_mm_rise=0.1\n" in done.stderr

    assert gate.command("baseline", "gate.inside_mm_rise=0.1").returncode == 0
    assert list(json.loads(gate.baseline.read_text())["outlines_px"]) == ["inside"]
    assert gate.command("gate", *asked).returncode == 0
    for path in gate.masks.glob("*.png"):
        opened(path).filter(ImageFilter.MinFilter(3)).save(path)
    rewrite(gate.masks.parent)
    gate.command("score")
    done = gate.command("gate", *asked)
    assert done.returncode == 1
    assert "FAIL  inside mm 0.000 → 0.200, allowed to rise by 0.1" in done.stdout
