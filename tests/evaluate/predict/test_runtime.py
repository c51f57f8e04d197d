"""The engine that a model reports: recorded, shown behind the device, and part of a run."""

import json
from pathlib import Path

from tests.support.commands import Command
from tests.support.networks import NETWORK
from tests.support.photos import make_folder
from tests.support.projects import own_model

ENGINE = """
import os
class Model:
    device = "cpu"
    def __init__(self, *, device):
        version = os.environ.get("ENGINE", "")
        self.runtime = {"provider": "Fast", "library": f"fast {version}", "computes": "bf16"}
    def predict(self, image):
        return (image[:, :, 0] < 128).astype("uint8") * 255
"""


def test_an_engine_is_recorded_shown_and_kept(
    command: Command, project: Path, folder: Path, tmp_path: Path
) -> None:
    own_model(project, "own", ENGINE)
    own = ("eval", "model=own", "dataset=folder", f"dataset.root={folder}")
    done = command(*own, project=project, env={"ENGINE": "2"})
    assert done.returncode == 0, done.stderr
    assert "cpu (Fast bf16) ×" in done.stdout
    file = tmp_path / "reports" / "photos" / "runs" / "own" / "run.json"
    (session,) = json.loads(file.read_text())["sessions"]
    assert session["runtime"] == {"provider": "Fast", "library": "fast 2", "computes": "bf16"}
    lines = file.with_name("predictions.jsonl")
    lines.write_text("".join(lines.read_text().splitlines(keepends=True)[:1]))
    done = command(*own, project=project, env={"ENGINE": "3"})
    assert done.returncode == 2
    assert "own: begun with runtime {'provider': 'Fast', 'library': 'fast 2'" in done.stderr


def test_the_usual_engine_is_not_named(command: Command, tmp_path: Path, empty_home: Path) -> None:
    file = tmp_path / "net.onnx"
    file.write_bytes(NETWORK)
    root = make_folder(tmp_path / "photos", ["a"])
    own = ("dataset=folder", f"dataset.root={root}", f"model.file={file}", "model.size=64")
    done = command("eval", "model=onnx", *own, "model.label=Mine", "model.provider=cpu")
    assert done.returncode == 0, done.stderr
    about = json.loads((tmp_path / "reports" / "photos" / "runs" / "Mine" / "run.json").read_text())
    assert "runtime" not in about["sessions"][0]
    assert "cpu ×" in done.stdout
    done = command("eval", "model=onnx", *own, "model.precision=int8")
    assert done.returncode == 0, done.stderr
    assert "precision=int8" in done.stdout
    runs = (tmp_path / "reports" / "photos" / "runs").glob("*precision=int8*")
    (session,) = json.loads((next(runs) / "run.json").read_text())["sessions"]
    assert "calibrated on the built-in photos" in session["runtime"]["converted"]
