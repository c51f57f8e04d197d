"""The level from which a predicted mask is foreground: in scores, report and page alike."""

import json
from pathlib import Path

import pytest

from tests.support.commands import Command
from tests.support.projects import own_model
from tests.support.runs import read_scores

# Levels 100 on the tool, and 200 on its upper half.
SOFT = """
import numpy as np

class Model:
    device = "cpu"

    def __init__(self, *, device):
        pass

    def predict(self, image):
        tool = image[:, :, 0] < 100
        alpha = np.where(tool, 100, 0).astype(np.uint8)
        half = np.flatnonzero(tool.any(axis=1)).mean()
        alpha[: int(half) + 1][tool[: int(half) + 1]] = 200
        return alpha
"""


@pytest.fixture
def own(project: Path, folder: Path) -> tuple[str, ...]:
    own_model(project, "soft", SOFT)
    return "model=soft", "dataset=folder", f"dataset.root={folder}"


def ious(tmp_path: Path) -> list[float]:
    run = tmp_path / "reports" / "photos" / "runs" / "soft"
    return [float(iou) for _, iou in read_scores(run).values()]


def test_scores_table_and_page_follow_it(
    command: Command, project: Path, tmp_path: Path, own: tuple[str, ...]
) -> None:
    done = command("eval", *own, "html=true", project=project)
    assert done.returncode == 0, done.stderr
    assert ious(tmp_path) == pytest.approx([0.5] * 3, abs=0.02)
    pages = tmp_path / "reports" / "photos" / "html"
    at_128 = {path.name for path in pages.glob("*/*.js")}
    done = command("score", *own, "threshold=100", "html=true", project=project)
    assert done.returncode == 0, done.stderr
    assert "threshold 100" in done.stdout
    assert ious(tmp_path) == [1, 1, 1]
    record = json.loads((tmp_path / "reports" / "photos" / "comparison.json").read_text())
    assert record["threshold"] == 100
    at_100 = {path.name for path in pages.glob("*/*.js")}
    assert at_128 & at_100 == {"truth.js"}
    command("score", *own, project=project)
    assert ious(tmp_path) == pytest.approx([0.5] * 3, abs=0.02)


def test_rows_of_another_threshold_are_left_out(
    command: Command, project: Path, own: tuple[str, ...]
) -> None:
    assert command("eval", "model=otsu", *own[1:]).returncode == 0
    done = command("eval", *own, "threshold=90", project=project)
    assert done.returncode == 0  # its own row is in the table
    assert "Of rows run earlier, not in this table: otsu; see " in done.stderr
    done = command("compare", *own[1:])
    assert done.returncode == 3
    assert "otsu: not comparable, threshold is 128 here and 90 in the latest" in done.stderr


def test_the_gate_refuses_another_threshold(
    command: Command, project: Path, own: tuple[str, ...]
) -> None:
    assert command("eval", *own, project=project).returncode == 0
    assert command("baseline", *own, project=project).returncode == 0
    assert command("gate", *own, project=project).returncode == 0
    assert command("score", *own, "threshold=90", project=project).returncode == 0
    done = command("gate", *own, project=project)
    assert done.returncode == 2
    assert "threshold" in done.stderr + done.stdout


@pytest.mark.parametrize("value", ["0", "256", "half", "128.5"])
def test_another_value_is_refused(command: Command, own: tuple[str, ...], value: str) -> None:
    done = command("score", *own[1:], f"threshold={value}")
    assert done.returncode == 2
    assert f"threshold={value}: give a whole number from 1" in done.stderr
