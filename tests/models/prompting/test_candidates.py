"""Candidates through the commands: stored, scored and selected again.

The model here proposes half of the tool, the tool, and the whole photo, in this order of scores.
"""

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.prompting.candidates import read_candidates
from tests.support.commands import Command
from tests.support.photos import make_folder, opened
from tests.support.projects import own_model
from tests.support.runs import lines

PROPOSER = """
import numpy as np

from models.segmenter import Prediction, Candidate
from models.prompting.selection import select


class Model:
    def __init__(self, *, device, prompt, select):
        self.device = "cpu"
        self.prompt, self.rule = prompt, select

    def predict(self, image):
        tool = image.max(axis=2) < 128
        half = tool & (np.arange(len(tool)) < len(tool) // 2)[:, None]
        masks = half, tool, np.ones_like(tool)
        if (image == 255).all():
            raise RuntimeError("nothing but white")
        masks = masks[:1] if self.prompt == "box" else masks
        candidates = [Candidate(mask, 1 / n) for n, mask in enumerate(masks, 1)]
        chosen = select(candidates, self.rule)
        return Prediction(chosen.mask.astype(np.uint8) * 255, candidates=candidates)
"""


@pytest.fixture
def proposer(project: Path) -> Path:
    own_model(project, "proposer", PROPOSER)
    with (project / "conf" / "model" / "proposer.yaml").open("a") as file:
        file.write("prompt: centre\nselect: score\n")
    return project


@pytest.fixture
def evaluate(command: Command, proposer: Path, folder: Path) -> Any:
    own = ("dataset=folder", f"dataset.root={folder}")
    return partial(command, "eval", *own, project=proposer)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "reports" / "photos" / "runs"


def scores(run: Path) -> list[dict[str, str]]:
    with (run / "scores.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def masks(run: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (run / "masks").iterdir()}


def test_selection_costs_have_their_own_table(evaluate: Any, runs: Path) -> None:
    assert evaluate("model=proposer").returncode == 0
    done = evaluate("model=otsu")
    assert {row["oracle_iou"] for row in scores(runs / "proposer")} == {"1.0"}
    assert all(float(row["iou"]) < 0.6 for row in scores(runs / "proposer"))
    assert "oracle_iou" not in scores(runs / "otsu")[0]
    assert "racle" not in done.stdout  # is no row
    page = (runs.parent / "comparison.md").read_text()
    table = page.partition("### Cost of selection\n\n")[2].splitlines()
    median = float(scores(runs / "proposer")[0]["iou"])
    cells = [cell.strip() for cell in table[2].strip("|").split("|")]
    assert cells == ["proposer", "3", f"{median:.3f}", "1.000", "0.000", f"{1 - median:.3f}"]
    assert table[3] == ""  # Otsu selects nothing
    assert page.index("Cost of selection") > page.index("won head-to-head")


def test_one_candidate_per_photo_needs_no_selection(evaluate: Any, runs: Path) -> None:
    assert evaluate("model=proposer", "prompt=box").returncode == 0
    page = (runs.parent / "comparison.md").read_text()
    table = page.partition("### Cost of selection\n\n")[2].splitlines()
    cells = [cell.strip() for cell in table[2].strip("|").split("|")]
    assert (cells[1], cells[-1]) == ("1", "N/A")
    assert "SAM 2 proposes three with model.multimask=true" in page


def test_reselecting_runs_no_inference(evaluate: Any, runs: Path, proposer: Path) -> None:
    assert evaluate("model=proposer").returncode == 0
    again = ("model=reselect", f"model.run={runs / 'proposer'}")
    assert evaluate(*again, "model.select=score").returncode == 0
    done = evaluate(*again, "model.select=largest")
    assert f"Reselected [run={runs / 'proposer'}, select=largest]" in done.stdout
    same, other = sorted(
        runs.glob("reselect*"), key=lambda run: "select=largest" in (run / "run.json").read_text()
    )
    assert masks(same) == masks(runs / "proposer")
    assert {row["iou"] for row in scores(other)} == {row["oracle_iou"] for row in scores(same)}
    assert {row["iou"] for row in scores(other)} == {"1.0"}
    seconds = [
        [json.loads(line)["seconds"] for line in lines(run)] for run in (runs / "proposer", same)
    ]
    assert seconds[0] == seconds[1]

    path = runs / "proposer" / "candidates" / "a.json"
    path.write_text(path.read_text().replace("1.0", "0.1"))  # now the tool is the best
    done = evaluate(*again, "model.select=score")
    assert "files changed, so this is a new run" in done.stderr
    assert [row["iou"] for row in scores(same)][:1] == ["1.0"]


def test_reselecting_from_other_photos_is_refused(evaluate: Any, runs: Path, folder: Path) -> None:
    """Their ids and sizes are equal, only their content differs."""
    assert evaluate("model=proposer").returncode == 0
    picture = np.asarray(opened(folder / "images" / "b.png"))
    opened_as(picture[::-1].copy(), folder / "images" / "b.png")
    done = evaluate("model=reselect", f"model.run={runs / 'proposer'}", "model.select=largest")
    assert done.returncode == 2
    assert "its run is of other photos than photos has now; give that run's" in done.stderr
    assert not list(runs.glob("reselect*"))


def test_the_runs_licences_apply_to_its_candidates(
    evaluate: Any, runs: Path, proposer: Path
) -> None:
    with (proposer / "conf" / "model" / "proposer.yaml").open("a") as file:
        file.write("licence: AGPL-3.0\n")
    assert evaluate("model=proposer").returncode == 0
    done = evaluate("model=reselect", f"model.run={runs / 'proposer'}", "model.select=largest")
    licences = next(line for line in done.stderr.splitlines() if line.startswith("Licences of "))
    assert "Reselected" in licences
    assert licences.endswith(": code AGPL-3.0")


def test_runs_without_candidates_are_refused(evaluate: Any, runs: Path) -> None:
    assert evaluate("model=otsu").returncode == 0
    for run in (runs / "otsu", runs / "none"):
        done = evaluate("model=reselect", f"model.run={run}", "model.select=score")
        assert done.returncode == 2
        assert f"model.run={run} has no candidates; give a run of a model" in done.stderr


def test_candidates_of_a_crop_have_the_photos_size(evaluate: Any, runs: Path, folder: Path) -> None:
    sheet = np.full((400, 300, 3), 60, np.uint8)
    sheet[50:350, 50:250] = 240
    sheet[150:250, 100:200] = 30
    for kind, picture in (("images", sheet), ("masks", (sheet[:, :, 0] == 30) * np.uint8(255))):
        for path in (folder / kind).iterdir():
            path.unlink()
        opened_as(picture, folder / kind / "a.png")
    assert evaluate("model=proposer", "crop=paper").returncode == 0
    run = runs / "proposer+crop=paper"
    half, tool, whole = (one.mask for one in read_candidates(run / "candidates" / "a.json"))
    assert tool.shape == (400, 300)
    assert np.array_equal(tool, sheet[:, :, 0] == 30)
    assert 200 * 300 * 0.8 < np.count_nonzero(whole) < 200 * 300  # the crop that the model saw
    assert np.array_equal(np.asarray(opened(run / "masks" / "a.png")) > 0, half)
    assert scores(run)[0]["oracle_iou"] == "1.0"


def opened_as(picture: Any, path: Path) -> None:
    from PIL import Image as Pillow

    Pillow.fromarray(picture).save(path)


def test_photos_without_a_mask_count(evaluate: Any, runs: Path, folder: Path) -> None:
    white = np.full((120, 90, 3), 255, np.uint8)
    opened_as(white, folder / "images" / "b.png")
    edge = np.asarray(opened(folder / "images" / "a.png")).copy()
    edge[0] = 40  # the tool touches the border
    opened_as(edge, folder / "images" / "a.png")
    done = evaluate("model=proposer", "model.select=largest")
    assert done.returncode == 3
    found = {row["id"]: row for row in scores(runs / "proposer+select=largest")}
    assert {key: row["status"] for key, row in found.items()} == {
        "a": "no-mask", "b": "error", "c": "ok",
    }  # fmt: skip
    assert found["a"]["error"] == "select=largest rejected all 3 candidates"
    assert found["a"]["iou"] == "0.0"
    assert float(found["a"]["oracle_iou"]) > 0.9
    assert found["b"]["oracle_iou"] == "0.0"
    assert found["c"]["oracle_iou"] == "1.0"


@pytest.mark.parametrize("damage", [Path.unlink, partial(Path.write_text, data="{")])
def test_lost_or_damaged_candidates_are_predicted_again(
    evaluate: Any, runs: Path, damage: Any
) -> None:
    assert evaluate("model=proposer").returncode == 0
    before = masks(runs / "proposer"), scores(runs / "proposer")
    damage(runs / "proposer" / "candidates" / "b.json")
    assert evaluate("model=proposer").returncode == 0
    assert (masks(runs / "proposer"), scores(runs / "proposer")) == before
    assert [json.loads(line)["id"] for line in lines(runs / "proposer")] == ["a", "b", "c", "b"]


def test_a_prompt_is_part_of_the_rows_name(evaluate: Any, runs: Path) -> None:
    done = evaluate("model=proposer", "prompt=box-centre")
    assert done.returncode == 0
    assert "proposer [prompt=box-centre]" in done.stdout
    assert (runs / "proposer+prompt=box-centre").is_dir()
    assert evaluate("model=proposer", "prompt=centre").returncode == 0  # as its yaml has it
    assert (runs / "proposer").is_dir()
    done = evaluate("model=otsu", "prompt=box")
    assert done.returncode == 2
    assert "otsu takes no prompt; leave out prompt=box" in done.stderr
    done = evaluate("model=proposer", "prompt=nonsense")
    assert done.returncode == 2
    assert "there are: box, box-centre, centre, everything" in done.stderr


def test_models_without_prompts_run_without_the_prompt(evaluate: Any, runs: Path) -> None:
    done = evaluate("model=otsu,proposer", "prompt=box")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("otsu takes no prompt; it runs without prompt=box") == 1
    assert "proposer takes no prompt" not in done.stderr
    assert {run.name for run in runs.iterdir() if run.is_dir()} == {"otsu", "proposer+prompt=box"}
    about = json.loads((runs / "otsu" / "run.json").read_text())
    assert "prompt" not in about["identity"]["config"]["options"]
    assert "prompt=" not in about["command"]
    about = json.loads((runs / "proposer+prompt=box" / "run.json").read_text())
    assert "prompt=box" in about["command"]


def test_tracing_stores_no_candidates(command: Command, proposer: Path, tmp_path: Path) -> None:
    root = make_folder(tmp_path / "bare", ["a"])
    (root / "masks" / "a.png").unlink()
    own = ("dataset=folder", f"dataset.root={root}")
    assert command("trace", "model=proposer", *own, project=proposer).returncode == 0
    assert (root / "masks" / "a.png").is_file()
    assert not list(tmp_path.rglob("candidates"))
