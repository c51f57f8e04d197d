"""What surrounds a model: the steps by themselves, and as the command line knows them."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import yaml
from PIL import Image as Pillow

from models.segmenter import load_class
from models.steps.crop import paper
from models.steps.enhance import clahe, denoise, lift_shadows, sharpen
from models.steps.refine import guided, morphology
from tests.support.commands import Command
from tests.support.photos import opened
from tests.support.projects import ROOT
from tests.support.runs import lines, read_scores

Levels = npt.NDArray[np.uint8]
STEPS = sorted(
    path
    for group in ("crop", "enhance", "refine")
    for path in (ROOT / "conf" / group).glob("*.yaml")
    if path.stem not in ("full", "none")
)
SHEET = (100, 150, 400, 500)  # x, y, width, height in a photo 600 px wide and 800 px high
INSIDE_PX = 8  # what eroding 9×9 twice takes off each side


def sheet(gray: int | Levels = 245, table: int = 60) -> Levels:
    """A sheet of paper on a darker table."""
    image = np.full((800, 600, 3), table, np.uint8)
    x, y, width, height = SHEET
    image[y : y + height, x : x + width] = gray
    return image


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_every_step_keeps_the_contract(path: Path) -> None:
    """Odd and tiny pictures; uint8 of the same size; input unchanged; the same answer twice."""
    options = yaml.safe_load(path.read_text())
    step = partial(load_class(options.pop("_target_")), **options)
    rng = np.random.default_rng(0)
    for size in ((53, 37), (1, 1), (3, 200), (120, 90)):
        image = rng.integers(0, 256, (*size, 3), np.uint8)
        given = (
            (rng.integers(0, 256, size, np.uint8), image) if "refine" in path.parts else (image,)
        )
        before = [array.copy() for array in given]
        answer = step(*given)
        assert all(np.array_equal(*pair) for pair in zip(given, before, strict=True))
        assert np.array_equal(answer, step(*given))
        if path.parent.name == "crop":
            assert answer is None  # noise is no paper
        else:
            assert answer.dtype == np.uint8
            assert answer.shape == given[0].shape


def test_paper_is_found_just_inside_its_edges() -> None:
    x, y, width, height = SHEET
    expected = (x + INSIDE_PX, y + INSIDE_PX, width - 2 * INSIDE_PX, height - 2 * INSIDE_PX)
    assert paper(sheet()) == expected
    shaded = np.linspace(175, 230, width).astype(np.uint8)[None, :, None]
    assert paper(sheet(shaded)) == expected  # its dark side is past the first of the levels


def test_the_larger_part_of_a_sheet_that_a_tool_spans_is_the_box() -> None:
    image = sheet()
    image[:, 200:300] = 40
    assert paper(image) == (308, 158, 184, 484)


def test_no_paper() -> None:
    assert paper(sheet(gray=165)) is None
    assert paper(sheet(gray=np.array([240, 240, 120], np.uint8))) is None  # yellow
    assert paper(sheet()[:300, :200]) is None  # a corner, a tenth of the photo but too narrow


def test_the_guided_filter_keeps_constants_and_finds_the_edge() -> None:
    image = np.full((60, 100, 3), 220, np.uint8)
    image[:, 50:] = 40
    filtered = partial(guided, image=image, radius_px=8, eps=0.0001)
    for level in (0, 200, 255):
        assert (filtered(np.full((60, 100), level, np.uint8)) == level).all()
    wrong = np.zeros((60, 100), np.uint8)
    wrong[:, 47:] = 255  # 3 px beside the edge
    found = filtered(wrong) >= 128
    assert found[:, 50:].all()
    assert not found[:, :50].any()


# By radius and eps: rows 0, 6 and 11 of what cv2.ximgproc.guidedFilter makes of guide and target as
# float32 in 0..1, times 255, cut and rounded; opencv-contrib-python-headless 5.0.0.93.
GUIDED_BY_OPENCV = {
    (2, 0.01): [
        [0, 0, 0, 3, 1, 0, 9, 0, 11, 10, 0, 8, 4, 0, 2, 0],
        [0, 4, 3, 41, 73, 122, 164, 182, 215, 204, 209, 121, 23, 61, 0, 7],
        [0, 1, 9, 16, 0, 20, 36, 72, 106, 87, 9, 14, 25, 27, 19, 4],
    ],
    (4, 0.0001): [
        [27, 6, 0, 40, 5, 0, 57, 0, 65, 54, 0, 47, 33, 0, 29, 19],
        [25, 37, 7, 66, 86, 118, 141, 135, 164, 133, 147, 69, 0, 71, 0, 22],
        [0, 19, 45, 39, 0, 8, 24, 72, 121, 88, 0, 0, 29, 59, 85, 59],
    ],
}


@pytest.mark.parametrize(("radius_px", "eps"), GUIDED_BY_OPENCV)
def test_the_guided_filter_gives_what_opencv_contrib_gives(radius_px: int, eps: float) -> None:
    """Which is no dependency: docs/decisions/0016-the-guided-filter-is-ours.md."""
    y, x, channel = np.indices((12, 16, 3))
    image = ((37 * y * y + 91 * x + 11 * x * y + 50 * channel) % 256).astype(np.uint8)
    image[3:9, 4:11] //= 4
    alpha = np.zeros((12, 16), np.uint8)
    alpha[4:10, 5:12] = 255
    alpha[4:10, 5] = 100
    found = guided(alpha, image, radius_px=radius_px, eps=eps)[[0, 6, 11]].astype(int)
    assert np.abs(found - GUIDED_BY_OPENCV[radius_px, eps]).max() <= 1  # sums may round elsewhere


@pytest.mark.parametrize("wrong", [{"radius_px": 0, "eps": 0.1}, {"radius_px": 8, "eps": 0}])
def test_the_guided_filter_wants_a_window_and_an_eps(wrong: dict[str, Any]) -> None:
    image = np.zeros((9, 9, 3), np.uint8)
    with pytest.raises(ValueError, match="radius_px must be 1 or more, and eps above 0"):
        guided(image[:, :, 0], image, **wrong)


def test_morphology_fills_gaps_and_drops_specks() -> None:
    alpha = np.zeros((40, 40), np.uint8)
    alpha[5:25, 5:25] = 128
    expected = np.where(alpha > 0, 255, 0)
    alpha[10:14, 10:14] = 127  # a hole that two rounds close
    alpha[32:34, 32:34] = 255  # a speck smaller than the kernel
    assert np.array_equal(morphology(alpha, np.zeros((40, 40, 3), np.uint8)), expected)


def test_clahe_spreads_what_is_dull() -> None:
    dull = np.tile(np.linspace(110, 140, 256).astype(np.uint8), (256, 1))
    limits = 1.0, 2.0, 40.0
    little, more, most = (
        int(np.ptp(clahe(np.dstack([dull] * 3), clip_limit=limit, tiles=8))) for limit in limits
    )
    assert np.ptp(dull) <= little < more < most


def test_denoising_takes_noise_and_leaves_edges_and_colours() -> None:
    clean = np.full((80, 80, 3), (200, 150, 100), np.uint8)
    clean[:, 40:] = (40, 60, 90)
    noise = np.random.default_rng(0).normal(0, 2, clean.shape)
    noisy = np.clip(clean + noise, 0, 255).astype(np.uint8)
    found = np.abs(denoise(noisy, strength=3).astype(int) - clean)
    assert found.mean() < 0.8 * np.abs(noisy.astype(int) - clean).mean()
    assert found.max() < 12


def test_sharpening_overshoots_at_edges_only() -> None:
    image = np.full((9, 20, 3), 100, np.uint8)
    image[:, 10:] = 120
    sharp = sharpen(image, amount=1.0)
    expected = image.copy()
    expected[:, 9], expected[:, 10] = 80, 140
    assert np.array_equal(sharp, expected)


def test_shadows_are_lifted_and_black_and_white_stay() -> None:
    grays = np.array([0, 30, 128, 255], np.uint8)[None, :, None].repeat(3, axis=2)
    black, dark, middle, white = lift_shadows(grays, gamma=0.6)[0, :, 0].astype(int)
    assert (black, white) == (0, 255)
    assert dark / 30 > middle / 128 > 1


@pytest.fixture
def sheets(tmp_path: Path) -> list[str]:
    """Settings for: `inside`, a tool on a sheet; `over`, half beyond it; `gray`, no white sheet."""
    for name, gray, tool in (
        ("inside", 245, slice(300, 400)),
        ("over", 245, slice(542, 742)),
        ("gray", 165, slice(300, 400)),
    ):
        image, mask = sheet(gray), np.zeros((800, 600), np.uint8)
        image[tool, 250:350], mask[tool, 250:350] = 20, 255
        for kind, picture in (("images", image), ("masks", mask)):
            (tmp_path / "sheets" / kind).mkdir(parents=True, exist_ok=True)
            Pillow.fromarray(picture).save(tmp_path / "sheets" / kind / f"{name}.png")
    return ["dataset=folder", f"dataset.root={tmp_path / 'sheets'}", "dataset.foreground=white"]


def test_an_ablation_is_one_table(command: Command, sheets: list[str], tmp_path: Path) -> None:
    done = command("eval", "-m", "model=otsu", "crop=full,paper", "refine=none,guided", *sheets)
    assert done.returncode == 0, done.stderr
    labels = ["", " [crop=paper]", " [refine=guided]", " [crop=paper, refine=guided]"]
    assert all(f"Otsu{label}  " in done.stdout for label in labels)
    assert "crop by row" in done.stdout
    assert (
        "Otsu [crop=paper]: the crop cuts off ground truth on 1 of 3 photos (outside-crop in its "
        "scores.csv) and found nothing on 1, which were used whole" in done.stderr
    )
    runs = tmp_path / "reports" / "sheets" / "runs"
    rows = ["otsu" + "".join(f"+{part}" for part in label[2:-1].split(", ")) for label in labels]
    assert {path.name for path in runs.iterdir() if path.is_dir()} == {
        row.rstrip("+") for row in rows
    }

    cropped = runs / "otsu+crop=paper"
    photos = {line["id"]: line for line in map(json.loads, lines(cropped))}
    assert photos["inside"]["box"] == photos["over"]["box"] == [108, 158, 384, 484]
    assert photos["gray"]["box"] is None
    assert all(0 < line["model_seconds"] < line["seconds"] for line in photos.values())
    truth = np.asarray(opened(tmp_path / "sheets" / "masks" / "inside.png"))
    assert np.array_equal(np.asarray(opened(cropped / "masks" / "inside.png")), truth)
    assert "outside-crop=0.5," in (cropped / "scores.csv").read_text()
    assert float(read_scores(cropped)["inside"][1]) == 1
    assert float(read_scores(runs / "otsu")["inside"][1]) < 0.5  # the table is dark as well

    before = lines(cropped)
    (cropped / "predictions.jsonl").write_text(f"{before[0]}\n")  # killed after the first photo
    assert command("run", "model=otsu", "crop=paper", *sheets).returncode == 0
    assert lines(cropped)[0] == before[0]
    assert [json.loads(line)["box"] for line in lines(cropped)] == [
        json.loads(line)["box"] for line in before
    ]


def test_a_row_without_steps_is_named_and_kept_as_ever(
    command: Command, sheets: list[str], tmp_path: Path, project: Path
) -> None:
    run = partial(command, "run", "model=otsu", *sheets, project=project)
    assert run("crop=full", "enhance=none", "refine=none").returncode == 0
    stored = tmp_path / "reports" / "sheets" / "runs" / "otsu"
    about = json.loads((stored / "run.json").read_text())
    assert about["label"] == "Otsu"
    assert about["identity"]["config"].keys() == {"target", "options", "warmup"}
    assert run("refine=morphology").returncode == 0
    with (project / "models" / "steps" / "refine.py").open("a") as file:
        file.write("# another step is another refined row, and no other's\n")
    assert "changed" not in run().stderr
    assert "Otsu [refine=morphology]: code changed" in run("refine=morphology").stderr


def test_a_step_of_other_options_is_another_row(command: Command, sheets: list[str]) -> None:
    given = ("model.label=Mine", "refine=guided", "refine.radius_px=2", "crop=paper")
    done = command("eval", "model=otsu", *given, *sheets)
    assert "Mine [crop=paper, refine=guided, refine.radius_px=2]" in done.stdout
    assert "crop paper" in done.stdout


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (["refine=guided", "refine.radius_px=0"], "refine=guided: radius_px must be 1 or more"),
        (["enhance=clahe", "enhance.tiles=many"], "enhance=clahe: "),
        (["enhance=lift-shadows", "enhance.gamma=0"], "gamma must be above 0"),
        (["crop=nonsense"], "paper"),
        (["refine.radius_px=4"], "radius_px"),
    ],
)
def test_steps_without_sense_are_named(
    command: Command, sheets: list[str], wrong: list[str], message: str, tmp_path: Path
) -> None:
    done = command("eval", "model=otsu", *wrong, *sheets)
    assert done.returncode == 2
    assert message in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("reports/*/runs/*/run.json"))


def test_what_was_not_made_here_takes_no_steps(
    command: Command, sheets: list[str], tmp_path: Path
) -> None:
    masks = tmp_path / "sheets" / "masks"
    recorded = ["model=precomputed", f"model.root={masks}", "model.label=Mine"]
    done = command("eval", *recorded, "crop=paper", "refine=guided", *sheets)
    assert done.returncode == 2
    assert "used as they are; leave out crop=paper refine=guided" in done.stderr
    (masks / "gray.png").unlink()
    done = command("trace", "model=gemini", "enhance=clahe", *sheets)
    assert done.returncode == 2
    assert (
        "Gemini [enhance=clahe]: truth is traced from whole photos; leave the steps" in done.stderr
    )


def test_with_and_without_steps_a_model_is_one_voice(command: Command, folder: Path) -> None:
    own = ["dataset=folder", f"dataset.root={folder}"]
    assert command("eval", "-m", "model=otsu", "refine=none,morphology", *own).returncode == 0
    audited = command("audit", *own).stdout
    assert audited.count("Otsu") == 1
