"""What runs beside a model: nothing in strict timing, and the same masks in either."""

import json
from pathlib import Path

import pytest
from PIL import Image as Pillow

from evaluate.predict.model import Conditions
from tests.support.commands import Command, run_command
from tests.support.projects import own_model
from tests.support.runs import lines

# It logs when photos are read and when it predicts.
LOGS = """
import pathlib
import numpy as np
from evaluate.predict import photo_reader

def note(word):
    with pathlib.Path(LOG).open("a") as log:
        log.write(word + " ")

class Model:
    device = "cpu"

    def __init__(self, *, device):
        read = photo_reader.read_photo

        def logged(path, drop_alpha):
            note(path.stem)
            return read(path, drop_alpha)

        photo_reader.read_photo = logged

    def predict(self, image):
        note("begin")
        note("end")
        return np.zeros(image.shape[:2], np.uint8)
"""
# While it predicts the first photo, it changes the second, and puts it back if it is told to.
CHANGES = """
import pathlib
import shutil
import numpy as np

class Model:
    device = "cpu"

    def __init__(self, *, device):
        self.calls = 0

    def predict(self, image):
        self.calls += 1
        photo = pathlib.Path(PHOTO)
        if self.calls == 1:
            photo.rename(photo.with_suffix(".aside"))
            shutil.copy(photo.with_name("a.png"), photo)
        if self.calls == 2 and BACK:
            photo.with_suffix(".aside").replace(photo)
        return np.zeros(image.shape[:2], np.uint8)
"""


@pytest.fixture
def own(folder: Path) -> tuple[str, ...]:
    return "dataset=folder", f"dataset.root={folder}", "html=false", "plots=false"


def test_strict_timing_decodes_nothing_while_the_clock_runs(
    command: Command, folder: Path, project: Path, tmp_path: Path, own: tuple[str, ...]
) -> None:
    log = tmp_path / "log"
    own_model(project, "logs", LOGS.replace("LOG", repr(str(log))))
    assert command("run", "model=logs", *own, project=project).returncode == 0
    assert log.read_text().split() == [
        "a",
        "begin",
        "end",
        "b",
        "begin",
        "end",
        "c",
        "begin",
        "end",
    ]


@pytest.mark.parametrize("back", [False, True], ids=["for good", "and put back"])
def test_a_photo_that_is_replaced_meanwhile_is_not_predicted(
    command: Command, folder: Path, project: Path, tmp_path: Path, own: tuple[str, ...], back: bool
) -> None:
    photo = repr(str(folder / "images" / "b.png"))
    own_model(project, "changes", CHANGES.replace("PHOTO", photo).replace("BACK", str(back)))
    done = command("eval", "model=changes", *own, project=project)
    assert done.returncode == 2
    assert "images/b.png or its ground truth has changed while the command ran" in done.stderr
    records = [json.loads(line) for line in lines(tmp_path / "reports/photos/runs/changes")]
    assert [record["id"] for record in records] == ["a"]


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
