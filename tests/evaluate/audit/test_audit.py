"""The audit, through the command line: planted faults are found, clean photos are not accused."""

import csv
import json
import re
import shutil
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.arrays import Image, Mask
from evaluate.display.palette import MASK, SECOND_MASK
from evaluate.report.html.audit_findings import audit_findings
from tests.support.commands import Command, run_command
from tests.support.photos import GEMINI_PHOTOS, opened
from tests.support.plant_faults import KINDS, planted

Rows: TypeAlias = dict[str, dict[str, str]]

WIDTH, HEIGHT = 420, 560  # a shift of 60 px is within what is looked at
FAULTS = [fault for fault in KINDS if fault != "shifted 5 px"]  # no one can promise 5 px
FAULTY = {f"f{number:02}": fault for number, fault in enumerate(FAULTS)}
CLEAN = [f"c{number:02}" for number in range(10)]


def draw(seed: int) -> tuple[Image, Mask]:
    """A dark tool of its own shape on grainy light paper that is brighter at one side."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    angle = rng.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * rng.uniform(120, 150)
    middle = np.array([WIDTH, HEIGHT]) / 2 + rng.uniform(-30, 30, 2)
    head, end = ((middle + side * reach).astype(int).tolist() for side in (1, -1))
    cv2.line(mask, head, end, 1, int(rng.integers(22, 34)))
    cv2.ellipse(mask, head, rng.integers(30, 50, 2).tolist(), rng.uniform(0, 180), 0, 360, 1, -1)
    light = np.linspace(195, 235, WIDTH)[None, :] + rng.normal(0, 3, (HEIGHT, WIDTH))
    tool = rng.uniform(30, 90) + rng.normal(0, 3, (HEIGHT, WIDTH))
    gray = cv2.GaussianBlur(np.where(mask > 0, tool, light), (0, 0), 0.8)
    image = np.clip(gray, 0, 255).astype(np.uint8)[:, :, None].repeat(3, axis=2)
    return image, mask > 0


def add(root: Path, name: str, image: Image, mask: Mask) -> None:
    for kind, picture in (("images", image), ("masks", mask)):
        (root / kind).mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(picture).save(root / kind / f"{name}.png")


def clean_folder(root: Path, names: list[str]) -> Path:
    for number, name in enumerate(names):
        add(root, name, *draw(number))
    return root


def read(reports: Path) -> Rows:
    with (reports / "audit.csv").open(newline="", encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def suspects(row: dict[str, str]) -> set[str]:
    return set(row["suspect_kinds"].split(";")) - {""}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, Path]:
    """One audit without runs of a folder with every fault."""
    root = clean_folder(tmp_path_factory.mktemp("faults") / "photos", CLEAN)
    partner = draw(200)[1]
    for number, (name, fault) in enumerate(FAULTY.items(), 100):
        image, mask = draw(number)
        add(root, name, image, planted(fault, mask, partner, number))
    (root / "masks" / "c00.png").write_bytes(b"no picture")
    opened(root / "masks" / "c01.png").convert("L").save(root / "masks" / "c01.jpg", quality=40)
    (root / "masks" / "c01.jpg").rename(root / "masks" / "c01.png")
    Pillow.new("1", (WIDTH, HEIGHT)).save(root / "masks" / "c02.png")
    speckled = draw(3)[1]
    speckled[5, 5] = speckled[9, 400] = True
    Pillow.fromarray(speckled).save(root / "masks" / "c03.png")
    image, mask = draw(4)
    small = np.asarray(Pillow.fromarray(image).resize((294, 392))).astype(np.int16) + 15
    add(root, "twin", np.clip(small, 0, 255).astype(np.uint8), mask)
    add(root, "rival", draw(5)[0], planted("half erased", draw(5)[1], partner, 0))
    reports = root.parent / "reports"
    done = run_command("audit", "dataset=folder", f"dataset.root={root}", f"reports={reports}")
    assert done.returncode == 3, done.stderr
    return read(reports / "photos"), reports / "photos"


@pytest.mark.parametrize(("name", "fault"), FAULTY.items())
def test_a_planted_fault_is_found_for_what_it_is(
    audited: tuple[Rows, Path], name: str, fault: str
) -> None:
    assert suspects(audited[0][name]) & KINDS[fault]


def test_clean_photos_are_not_accused(audited: tuple[Rows, Path]) -> None:
    clean = set(CLEAN) - {"c00", "c02", "c05"}
    assert not [name for name in clean if suspects(audited[0][name])]


def test_the_page_finds_the_audit_of_its_photos(audited: tuple[Rows, Path]) -> None:
    rows, folder = audited
    of = json.loads((folder / "audit.json").read_text())["dataset_hash"]
    found = audit_findings(folder, of, list(rows))
    assert not found.missing
    kinds = {id_: found.photos[i]["suspect"] for i, id_ in enumerate(rows) if i in found.photos}
    assert kinds == {id_: one["suspect_kinds"] for id_, one in rows.items() if one["findings"]}


def test_every_photo_has_a_line_unreadable_ones_too(audited: tuple[Rows, Path]) -> None:
    rows, _ = audited
    assert sorted(rows) == sorted([*CLEAN, *FAULTY, "twin", "rival"])
    assert suspects(rows["c00"]) == {"unreadable"}
    assert suspects(rows["c02"]) == {"empty"}


def test_notes_accuse_no_one(audited: tuple[Rows, Path]) -> None:
    rows, _ = audited
    assert {"misnamed-jpeg", "soft-levels"} <= set(rows["c01"]["note_kinds"].split(";"))
    assert rows["c03"]["specks"] == "2"
    assert "specks" in rows["c03"]["note_kinds"]


def test_the_same_photo_twice(audited: tuple[Rows, Path]) -> None:
    rows, _ = audited
    assert rows["twin"]["duplicate_of"] == "c04"
    assert "duplicate" in rows["c04"]["note_kinds"]
    assert "other-truth" in suspects(rows["rival"])
    assert "other-truth" in suspects(rows["c05"])


def test_the_shift_that_mends_is_measured(audited: tuple[Rows, Path]) -> None:
    rows, _ = audited
    for name, fault in FAULTY.items():
        if fault.startswith("shifted"):
            x, y = (float(rows[name][f"edge_shift_{axis}_px"]) for axis in "xy")
            assert np.hypot(x, y) == pytest.approx(float(fault.split()[1]), abs=2)


def test_without_a_run_the_page_says_what_models_would_add(audited: tuple[Rows, Path]) -> None:
    page = (audited[1] / "audit.md").read_text(encoding="utf-8")
    assert "Nothing to compare: there is no run on this dataset" in page
    assert "make eval model=isnet" in page
    with Pillow.open(audited[1] / "audit.jpg") as sheet:
        assert sheet.width > 1000


def test_nothing_suspect_ends_with_0_and_leaves_no_sheet(command: Command, tmp_path: Path) -> None:
    root = clean_folder(tmp_path / "photos", ["a", "b", "c"])
    own = ("dataset=folder", f"dataset.root={root}")
    add(root, "b", draw(1)[0], planted("swapped pair", draw(1)[1], draw(2)[1], 0))
    assert command("audit", *own).returncode == 3
    add(root, "b", *draw(1))
    done = command("audit", *own)
    assert done.returncode == 0, done.stderr
    assert "0 of 3 photos suspect" in done.stdout
    assert not (tmp_path / "reports" / "photos" / "audit.jpg").exists()


def predict(command: Command, folder: Path, made: Path, label: str) -> None:
    done = command(
        "eval", "model=precomputed", f"model.root={made}", f"model.label={label}",
        "dataset=folder", f"dataset.root={folder}", "plots=false",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_models_word_and_the_table_without_suspects(command: Command, tmp_path: Path) -> None:
    names = list("abcdef")
    root = clean_folder(tmp_path / "photos", names)
    first, second = (Path(shutil.copytree(root / "masks", tmp_path / n)) for n in ("one", "two"))
    poor = tmp_path / "poor"
    poor.mkdir()
    for name in names:
        mask = opened(second / f"{name}.png")
        mask.resize((WIDTH, HEIGHT)).save(second / f"{name}.png")
        mask.rotate(90).save(poor / f"{name}.png")
    Pillow.fromarray(planted("half erased", draw(0)[1], draw(0)[1], 0)).save(root / "masks/a.png")
    Pillow.fromarray(planted("shifted 20 px", draw(1)[1], draw(1)[1], 1)).save(root / "masks/b.png")
    for made, label in ((first, "One"), (second, "Two"), (poor, "Poor")):
        predict(command, root, made, label)
    own = ("dataset=folder", f"dataset.root={root}")
    done = command("audit", *own)
    assert done.returncode == 3
    assert "One, Two" in done.stdout
    assert "Poor" not in done.stdout
    rows = read(tmp_path / "reports" / "photos")
    assert {"consensus", "model-lost-piece"} <= suspects(rows["a"])
    assert {"consensus", "model-shift"} <= suspects(rows["b"])
    x, y = (float(rows["b"][f"model_shift_{axis}_px"]) for axis in "xy")
    assert np.hypot(x, y) == pytest.approx(20, abs=2)
    assert not any(suspects(rows[name]) for name in "cdef")

    page = (tmp_path / "reports" / "photos" / "audit.md").read_text(encoding="utf-8")
    full, without = page.split("Without the suspect photos (")
    assert "6 photos" in full
    assert "4 photos" in without
    assert "| One      | 67%" in full
    assert "| One      | 100%" in without

    add(root, "a", *draw(0))
    done = command("audit", *own)
    assert done.returncode == 2
    assert "make score" in done.stderr


def test_a_shaft_that_models_miss_alike_is_no_error_of_the_truth(
    command: Command, tmp_path: Path
) -> None:
    """The photo's edges decide; a shaft in the truth that the photo lacks is an error."""
    root = clean_folder(tmp_path / "photos", ["a", "b"])
    handle, shaft = np.zeros((2, HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(handle, (180, 380), (235, 480), 1, -1)
    cv2.line(shaft, (210, 40), (210, 400), 1, 8)
    grain = np.random.default_rng(0).normal(0, 3, (HEIGHT, WIDTH, 1))
    for name, tool in (("missed", handle | shaft), ("invented", handle)):
        gray = cv2.GaussianBlur(np.where(tool > 0, 60.0, 215.0), (0, 0), 0.8)[:, :, None]
        image = np.clip(gray + grain, 0, 255).astype(np.uint8).repeat(3, axis=2)
        add(root, name, image, (handle | shaft) > 0)
    for label in ("One", "Two"):
        made = Path(shutil.copytree(root / "masks", tmp_path / label))
        for name in ("missed", "invented"):
            Pillow.fromarray(handle > 0).save(made / f"{name}.png")
        predict(command, root, made, label)
    done = command("audit", "dataset=folder", f"dataset.root={root}")
    assert done.returncode == 3, done.stderr
    reports = tmp_path / "reports" / "photos"
    rows = read(reports)
    assert float(rows["missed"]["model_iou"]) < 0.7
    assert not suspects(rows["missed"])
    assert "consensus" in rows["missed"]["note_kinds"]
    assert suspects(rows["invented"]) == {"consensus"}
    page = (reports / "audit.md").read_text(encoding="utf-8")
    assert "trace it again" not in page
    (line,) = [line for line in page.splitlines() if line.startswith("- invented:")]
    assert re.search(r"One 0\.\d+, Two 0\.\d+.* truth 0\.\d+, models .*; look at it$", line)
    with Pillow.open(reports / "audit.jpg") as sheet:
        first, second = (
            (np.abs(np.asarray(sheet).astype(int) - colour).sum(axis=2) < 60).sum()
            for colour in (MASK, SECOND_MASK)
        )
    assert first > 100
    assert second > 100


def test_the_hacksaw_is_mended_by_moving_its_truth_down(command: Command, tmp_path: Path) -> None:
    if not GEMINI_PHOTOS.is_dir():
        pytest.skip("the real photos are not in git")
    own = ("dataset=folder", f"dataset.root={GEMINI_PHOTOS}", "dataset.name=hacksaw")
    done = command("audit", *own)
    assert done.returncode == 3, done.stderr
    row = read(tmp_path / "reports" / "hacksaw")["hacksaw"]
    assert suspects(row) == {"shift"}
    assert float(row["edge_shift_y_px"]) / float(row["photo_height"]) == pytest.approx(
        0.012, abs=0.003
    )
    assert "px down (1." in done.stdout
