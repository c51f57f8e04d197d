"""What runs beside a model: nothing in strict timing, and the same masks in either."""

import json
from pathlib import Path

import pytest
from PIL import Image as Pillow

from evaluate.predict.model import Conditions
from tests.support.commands import Command, run_command
from tests.support.projects import own_model
from tests.support.runs import lines

# While it predicts the first photo, it replaces the second by one of another size.
REPLACES = """
import numpy as np
from PIL import Image

class Model:
    device = "cpu"

    def __init__(self, *, device):
        pass

    def predict(self, image):
        if image.shape[0] == 120:
            Image.new("RGB", (50, 60), "white").save(PHOTO)
        return np.zeros(image.shape[:2], np.uint8)
"""


@pytest.fixture
def own(folder: Path) -> tuple[str, ...]:
    return "dataset=folder", f"dataset.root={folder}", "html=false"


def test_strict_timing_decodes_nothing_while_the_clock_runs(
    command: Command, folder: Path, project: Path, tmp_path: Path, own: tuple[str, ...]
) -> None:
    (folder / "images" / "c.png").unlink()
    (folder / "masks" / "c.png").unlink()
    body = REPLACES.replace("PHOTO", repr(str(folder / "images" / "b.png")))
    own_model(project, "replaces", body)
    command("run", "model=replaces", *own, project=project)
    records = [json.loads(line) for line in lines(tmp_path / "reports/photos/runs/replaces")]
    assert [record["size"] for record in records] == [[120, 90], [60, 50]]


def test_throughput_has_the_same_masks_and_scores(tmp_path: Path, own: tuple[str, ...]) -> None:
    found = {}
    for timing in ("strict", "throughput"):
        reports = tmp_path / timing
        done = run_command("eval", "model=grabcut", f"timing={timing}", f"reports={reports}", *own)
        assert done.returncode == 0, done.stderr
        run = reports / "photos" / "runs" / "grabcut"
        masks = {path.name: path.read_bytes() for path in (run / "masks").iterdir()}
        traits = json.loads((reports / "photos" / "traits.json").read_text())
        found[timing] = masks, (run / "scores.csv").read_bytes(), traits
        conditions = json.loads((run / "run.json").read_text())["identity"]["conditions"]
        assert conditions.get("timing") == (None if timing == "strict" else timing)
    assert found["strict"] == found["throughput"]


def test_another_timing_is_refused(command: Command, own: tuple[str, ...]) -> None:
    done = command("eval", "model=otsu", "timing=fast", *own)
    assert done.returncode == 2
    assert "timing=fast: use strict or throughput" in done.stderr


def test_a_mask_that_a_power_cut_left_unwritten_is_predicted_again(
    command: Command, tmp_path: Path, own: tuple[str, ...]
) -> None:
    assert command("run", "model=otsu", *own).returncode == 0
    run = tmp_path / "reports" / "photos" / "runs" / "otsu"
    whole = {path: path.read_bytes() for path in sorted((run / "masks").iterdir())}
    first, second, _ = whole
    first.write_bytes(b"")
    second.write_bytes(b"\0" * len(whole[second]))
    assert command("run", "model=otsu", *own).returncode == 0
    assert {path: path.read_bytes() for path in whole} == whole
    with Pillow.open(first) as picture:
        assert picture.mode == "L"


@pytest.mark.parametrize(
    ("cores", "threads", "timing", "device", "spare", "reads"),
    [
        (2, 2, "strict", "cpu", 0, False),
        (2, 1, "strict", "cpu", 1, False),  # scoring takes it
        (4, 2, "strict", "cpu", 2, True),
        (4, 4, "strict", "cuda", 3, True),
        (2, 2, "throughput", "cpu", 1, True),
    ],
)
def test_each_core_beside_the_model_has_one_task(
    monkeypatch: pytest.MonkeyPatch,
    cores: int,
    threads: int,
    timing: str,
    device: str,
    spare: int,
    reads: bool,
) -> None:
    monkeypatch.setattr("evaluate.predict.model.available_cores", lambda: cores)
    conditions = Conditions("auto", threads, 60, timing)
    assert conditions.spare_cores(device) == spare
    assert conditions.reads_beside(device) == reads
