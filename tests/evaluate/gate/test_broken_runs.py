"""What baseline and gate make of a run that failed, that is out of date or scored otherwise."""

import json
from dataclasses import replace
from xml.etree import ElementTree

from PIL import Image as Pillow

from evaluate.store.run_folder import PredictionRecord
from tests.evaluate.gate.gate_folder import Gate
from tests.support.commands import run_command
from tests.support.runs import rewrite

IDS = [f"p{i}" for i in range(10)]
WHY = "ValueError: boom (models/mine.py, line 36)"


def fail(gate: Gate, *ids: str) -> None:
    """Make photos of the stored run fail."""

    def failed(one: PredictionRecord) -> PredictionRecord:
        return replace(one, status="error", error=WHY) if one.id in ids else one

    rewrite(gate.masks.parent, failed)
    assert gate.command("score").returncode == 0


def test_a_run_without_a_mask_is_no_baseline(gate: Gate) -> None:
    fail(gate, "p0")
    done = gate.command("baseline")
    assert done.returncode == 0
    one = f"otsu: 1 of 10 photos failed (1 error; most frequent reason: {WHY}); the gate allows as"
    assert one in done.stderr
    earlier = gate.baseline.read_bytes()

    fail(gate, *IDS)
    assert gate.command("gate").returncode == 1
    why = f"1 → 10, allowed to rise by 0 (10 error; most frequent reason: {WHY})"
    folder = gate.reports / "photos" / "gate"
    assert f" | {why} |" in (folder / "otsu.md").read_text()
    suite = ElementTree.parse(folder / "junit.xml").getroot()[0]  # noqa: S314 - ours
    (case,) = suite.findall("testcase[@name='failed photos']/failure")
    assert case.get("message") == why
    done = gate.command("baseline")
    assert done.returncode == 2
    assert f"otsu: 10 of 10 photos failed (10 error; most frequent reason: {WHY})" in done.stderr
    assert "no baseline is stored; solve that and run: make eval dataset=folder" in done.stderr
    assert gate.baseline.read_bytes() == earlier

    stored = json.loads(earlier) | {"failed": dict.fromkeys(IDS, "error")}
    gate.baseline.write_text(json.dumps(stored))
    done = gate.command("gate")
    assert done.returncode == 2
    assert "all 10 photos failed in it, so no run can be worse" in done.stderr


def test_an_outdated_run_is_no_baseline_and_a_missing_folder_is_named(gate: Gate) -> None:
    Pillow.new("L", (90, 120)).save(gate.folder / "masks" / "p0.png")
    done = gate.command("baseline")
    assert done.returncode == 2
    assert "not comparable, ground truth changed since it was made; run: make eval" in done.stderr
    (gate.reports / "photos").rename(gate.reports / "moved")
    gate.folder.rename(gate.folder.with_name("moved"))
    done = gate.command("gate")
    assert done.returncode == 2
    assert str(gate.folder) in done.stderr
    assert "no such run" not in done.stderr


def test_a_setting_of_scoring_is_not_ignored(gate: Gate) -> None:
    done = gate.command("baseline", "threshold=250", "clearance_mm=0.3")
    assert done.returncode == 2
    assert "runs/otsu: scored at threshold 128, asked for 250; run: make score" in done.stderr
    assert done.stderr.rstrip().endswith("threshold=250 clearance_mm=0.3")
    done = gate.command("gate", "threshold=128", "clearance_mm=0.5")
    assert done.returncode == 2
    assert "scored at clearance_mm 0.3, asked for 0.5; run: make score" in done.stderr
    assert gate.command("score", "threshold=250").returncode == 0
    done = gate.command("gate", "threshold=250")
    assert done.returncode == 2
    assert "threshold is 128 there and 250 in the run; run: make score dataset=" in done.stderr
    assert " threshold=128, or, to accept that of the run: make baseline dataset=" in done.stderr


def test_a_damaged_baseline_is_to_be_restored(gate: Gate) -> None:
    """Deleting it would accept a regression."""
    gate.baseline.write_text("{<<<<<<< HEAD")
    done, verified = gate.command("gate"), run_command("verify", *gate.own)
    assert (done.returncode, verified.returncode) == (2, 3)
    for text in (done.stderr, verified.stderr):
        assert "; restore it from git, or, to accept today's scores, run: make base" in text
        assert "delete it" not in text
        assert "make eval predicts" not in text
