"""Masks with the IoU distribution of the GitHub issue reproduce its table and its sentence.

110 photos of 100×100 px whose truth is 1000 px; a mask of k of those pixels has IoU k / 1000.
"""

import csv
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.support.commands import Command
from tests.support.photos import opened
from tests.support.runs import read_scores

N = 110
TABLE = """
| Approach      | >0.9 IoU | >0.7 IoU | Median IoU | Speed |
| InSPyReNet    | 69%      | 72%      | 0.949      | 0.7s  |
| ISNet (rembg) | 62%      | 75%      | 0.934      | 0.9s  |
| U2Net (rembg) | 20%      | 60%      | 0.873      | 0.4s  |
| SAM2-large    | 39%      | 45%      | 0.588      | 1.8s  |
| FastSAM       | 7%       | 30%      | 0.380      | 0.5s  |
| Ollama VLMs   | N/A      | N/A      | N/A        | 90s+  |
""".strip().splitlines()
SENTENCE = (
    "InSPyReNet won head-to-head against ISNet (the runner-up) 31 to 7 across 110 images, "
    "with 72 ties."
)

# InSPyReNet against ISNet, in thousandths: 31 wins, 7 losses, 72 ties within 0.02
DUEL = (
    [(980, 950)] * 23 + [(960, 850)] * 8  # wins
    + [(500, 800)] * 3 + [(300, 500)] * 4  # losses
    + [(960, 950)] * 23 + [(949, 945)] * 8 + [(949, 934)] * 14  # ties of good masks
    + [(800, 790)] * 3 + [(200, 190)] * 24
)  # fmt: skip
SCORES = {
    "InSPyReNet": ([a for a, _ in DUEL], 0.7),
    "ISNet (rembg)": ([b for _, b in DUEL], 0.9),
    "SAM2-large": ([950] * 43 + [800] * 6 + [650] * 5 + [588] * 2 + [300] * 54, 1.8),
    "U2Net (rembg)": ([950] * 22 + [890] * 32 + [873] * 12 + [400] * 44, 0.4),
    "FastSAM": ([950] * 8 + [800] * 25 + [500] * 21 + [380] * 22 + [100] * 34, 0.5),
    "Ollama VLMs": ([], 95.0),
}


def save(path: Path, pixels: int) -> None:
    levels = np.zeros(100 * 100, np.uint8)
    levels[:pixels] = 255
    Pillow.fromarray(levels.reshape(100, 100)).save(path)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("issue")
    for kind in ("images", "masks"):
        (root / "photos" / kind).mkdir(parents=True)
    for i in range(N):
        Pillow.new("RGB", (100, 100), (i, i, i)).save(root / f"photos/images/{i:03}.png")
        save(root / f"photos/masks/{i:03}.png", 1000)
    for label, (thousandths, seconds) in SCORES.items():
        (root / label).mkdir()
        for i, pixels in enumerate(thousandths):
            save(root / label / f"{i:03}.png", pixels)
        with (root / label / "times.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("id", "seconds"))
            rows.writerows((f"{i:03}", seconds) for i in range(N))
    return root


def predict(command: Command, photos: Path, label: str) -> subprocess.CompletedProcess[str]:
    """One row of ``SCORES``; compared once all are there."""
    given = (f"model.root={photos / label}", f"model.label={label}")
    own = ("dataset=folder", f"dataset.root={photos / 'photos'}")
    return command("run", "model=precomputed", *given, *own)


def test_the_table_and_the_sentence(command: Command, photos: Path, tmp_path: Path) -> None:
    own = ("dataset=folder", f"dataset.root={photos / 'photos'}")
    for label, (thousandths, _) in SCORES.items():
        done = predict(command, photos, label)
        assert done.returncode == (0 if thousandths else 3), done.stderr
    assert command("score", *own).returncode == 0
    done = command("compare", "columns=issue", *own)
    assert done.returncode == 0
    page = (tmp_path / "reports" / "photos" / "comparison.md").read_text().splitlines()
    assert f"{SENTENCE} They are told apart: p <0.001, Holm's p <0.001, " in page[0]
    fits = r"\d+% \[\d+, \d+\] of the tools fit their pockets at 3 px"
    assert re.match(rf"Best by median IoU: InSPyReNet, 0\.949 \({fits}\)\. ", page[0])
    assert "Every other row is told apart from InSPyReNet" in page[2]
    assert page[4] == TABLE[0]
    assert page[6:12] == TABLE[1:]
    assert page[0] in done.stdout
    assert "Ollama VLMs: 110 of 110 photos failed (110 error)" in done.stderr
    table = (tmp_path / "reports" / "photos" / "comparison.csv").read_text().splitlines()
    assert [line.split(",")[:5] for line in table] == [
        [cell.strip() for cell in line.strip("| ").split("|")] for line in TABLE
    ]


def test_the_counts_depend_on_the_margin(command: Command, photos: Path) -> None:
    own = ("dataset=folder", f"dataset.root={photos / 'photos'}")
    for label in ("InSPyReNet", "ISNet (rembg)"):
        predict(command, photos, label)
    command("score", *own)
    narrow = command("compare", "margin_iou=0.012", *own).stdout
    assert "45 to 7 across 110 images, with 58 ties." in narrow
    wide = command("compare", "margin_iou=1", *own).stdout
    assert "drew head-to-head against ISNet (the runner-up) 0 to 0" in wide


def score_masks(command: Command, made: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    return command(
        "eval", "model=precomputed", f"model.root={made}", "model.label=Mine",
        "dataset=folder", f"dataset.root={folder}",
    )  # fmt: skip


def test_precomputed_masks_that_do_not_fit(command: Command, folder: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    Pillow.new("L", (45, 60)).save(made / "a.png")
    (made / "b.png").write_bytes(b"no picture")
    done = score_masks(command, made, folder)
    assert done.returncode == 3
    assert "Mine: 3 of 3 photos failed (3 error)" in done.stderr
    run = tmp_path / "reports" / "photos" / "runs" / "Mine"
    assert set(read_scores(run).values()) == {("error", "0.0")}
    lines = (run / "scores.csv").read_text()
    assert "45 pixels wide and 60 high, its photo 90 and 120; export it at the photo's" in lines
    assert "Error" not in lines
    assert "b.png: cannot be read" in lines
    assert "no mask for c" in lines


def test_precomputed_masks_are_read_like_ground_truth(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    kinds = {"a": "RGBA", "b": "P", "c": "L"}
    for name, mode in kinds.items():
        mask = opened(folder / "masks" / f"{name}.png").convert(mode)
        (mask.point(lambda level: level // 255) if mode == "L" else mask).save(made / f"{name}.png")
    done = score_masks(command, made, folder)
    assert done.returncode == 0
    scores = read_scores(tmp_path / "reports" / "photos" / "runs" / "Mine")
    assert set(scores.values()) == {("ok", "1.0")}


def test_times_of_unscored_photos_are_ignored(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for name in "abc":
        opened(folder / "masks" / f"{name}.png").save(made / f"{name}.png")
    (made / "times.csv").write_text("id,seconds\na,80\nb,2\n")
    (folder / "masks" / "a.png").write_bytes(b"")
    done = score_masks(command, made, folder)
    assert done.returncode == 3
    assert "2.0s" in done.stdout
    assert "Mine: only 1 of 2 photos were timed" in done.stderr


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("id,time\na,1\n", "needs the columns id,seconds"),
        ("id,seconds\na,nan\n", "is not a finite number"),
    ],
)
def test_times_that_cannot_be_used(
    command: Command, folder: Path, tmp_path: Path, content: str, reason: str
) -> None:
    made = tmp_path / "made"
    made.mkdir()
    (made / "times.csv").write_text(content)
    done = score_masks(command, made, folder)
    assert done.returncode == 2
    assert "times.csv" in done.stderr
    assert reason in done.stderr


def test_precomputed_names_its_missing_setting(command: Command) -> None:
    done = command("eval", "model=precomputed")
    assert done.returncode == 2
    assert "model.label is not given; add model.label=" in done.stderr
    done = command("eval", "model=precomputed", "model.label=Mine", "model.root=/nowhere")
    assert done.returncode == 2
    assert "model.root=/nowhere is not a folder" in done.stderr
