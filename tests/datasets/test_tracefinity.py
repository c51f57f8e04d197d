"""tracefinity's storage, written as tracefinity writes it, read back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image as Pillow

from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.tracefinity import load
from tests.support.commands import Command
from tests.support.photos import GEMINI_PHOTOS, opened, photo
from tests.support.runs import read_scores

ONE, TWO = "0b6f3a52-9a6e-4a4e-9f4e-2d1c8c1f0001", "0b6f3a52-9a6e-4a4e-9f4e-2d1c8c1f0002"
SIZE = (120, 90)  # of tests.support.photos.photo


def outlined(mask: npt.NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Polygons as tracefinity finds them: contours with their holes."""
    contours, tree = cv2.findContours(
        mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE
    )

    def points(contour: Any) -> list[dict[str, float]]:
        return [{"x": float(x), "y": float(y)} for x, y in contour[:, 0]]

    return [
        {
            "id": str(i),
            "points": points(outline),
            "label": f"tool {i + 1}",
            "finger_holes": [],
            "interior_rings": [
                points(hole) for hole, link in zip(contours, tree[0], strict=True) if link[3] == i
            ],
        }
        for i, outline in enumerate(contours)
        if tree[0][i][3] == -1
    ]


def add_session(storage: Path, user: str, session: str, **changes: object) -> None:
    """A traced session: its two files, and its record in the user's sessions.json."""
    processed = storage / user / "processed"
    processed.mkdir(parents=True, exist_ok=True)
    image, mask = photo()
    Pillow.fromarray(image).save(processed / f"{session}_corrected.png")
    Pillow.fromarray(np.where(mask, 0, 255).astype(np.uint8)).save(
        processed / f"{session}_mask.png"
    )
    record = {
        "id": session,
        "name": None,
        "tags": [],
        "original_image_path": None,
        "corrected_image_path": f"{user}/processed/{session}_corrected.png",
        "mask_image_path": f"{user}/processed/{session}_mask.png",
        "paper_size": "a4",
        "scale_factor": 0.125,
        "polygons": outlined(mask),
        **changes,
    }
    path = storage / user / "sessions.json"
    sessions = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(sessions | {session: record}, indent=2))


@pytest.fixture
def storage(tmp_path: Path) -> Path:
    """A storage of one user with two sessions."""
    for session in (ONE, TWO):
        add_session(tmp_path / "storage", "default", session)
    return tmp_path / "storage"


def open_storage(root: Path, truth: str = "masks") -> Dataset:
    return load(str(root), "tools", truth)


@pytest.mark.parametrize("truth", ["masks", "polygons"])
def test_a_session_is_a_photo_its_truth_and_its_scale(storage: Path, truth: str) -> None:
    dataset = open_storage(storage, truth)
    assert [s.id for s in dataset.samples] == [f"default.{ONE}", f"default.{TWO}"]
    sample = dataset.samples[0]
    assert (sample.photo() == photo()[0]).all()
    assert (dataset.truth(sample, SIZE)[0] == photo()[1]).all()
    assert sample.mm_per_px == 0.125
    assert sample.tags == {"user": "default", "paper_size": "a4"}
    assert not dataset.problems


def test_polygons_give_back_the_mask_they_were_traced_from(storage: Path) -> None:
    mask = np.zeros(SIZE, np.bool_)
    cv2.ellipse(view := mask.view(np.uint8), (45, 60), (30, 40), 20, 0, 360, 1, -1)
    cv2.circle(view, (45, 50), 9, 0, -1)
    view[100:110, 70:85] = 1
    add_session(storage, "default", ONE, polygons=outlined(mask))
    dataset = open_storage(storage, "polygons")
    assert (dataset.truth(dataset.samples[0], SIZE)[0] == mask).all()
    assert not mask[50, 45]


def test_a_users_folder_does_as_well_whatever_it_is_called_now(storage: Path) -> None:
    moved = storage.parent / "mine"
    shutil.move(storage / "default", moved)
    dataset = open_storage(moved)
    assert [s.id for s in dataset.samples] == [ONE, TWO]
    assert "2 of 2 sessions of one tracefinity user" in dataset.notices[0]


def test_ids_of_several_users_differ(storage: Path) -> None:
    add_session(storage, "cjld2cjxh0000qzrmn831i7rn", ONE)
    (storage / "empty").mkdir()
    dataset = open_storage(storage)
    assert len({s.id for s in dataset.samples}) == 3
    assert "storage with 2 users" in dataset.notices[0]
    assert not dataset.problems


def test_an_alpha_over_ten_is_tool_as_tracefinity_has_it(storage: Path) -> None:
    pixels = np.zeros((*SIZE, 4), np.uint8)
    pixels[:60, :, 3], pixels[60:90, :, 3] = 10, 11
    path = storage / "default" / "processed" / f"{ONE}_mask.png"
    Pillow.fromarray(pixels).save(path)
    dataset = open_storage(storage)
    truth, _ = dataset.truth(dataset.samples[0], SIZE)
    assert not truth[:60].any()
    assert truth[60:90].all()
    assert not truth[90:].any()
    pixels[:, :, 3] = 250
    Pillow.fromarray(pixels).save(path)
    assert dataset.truth(dataset.samples[0], SIZE)[0].all()


@pytest.mark.parametrize("truth", ["masks", "polygons"])
def test_the_choice_of_truth_and_its_maker_are_told(storage: Path, truth: str) -> None:
    dataset = open_storage(storage, truth)
    assert {"masks": "the masks", "polygons": "the outlines"}[truth] in dataset.notices[0]
    assert "does not record which tracer" in dataset.notices[1]
    others = {open_storage(storage, form).content_hash for form in ("masks", "polygons")}
    assert len(others) == 2


@pytest.mark.parametrize(
    ("truth", "changes", "reason"),
    [
        ("masks", {"mask_image_path": None}, "no mask; trace it in tracefinity or add"),
        ("polygons", {"polygons": None}, "no polygons; trace it in tracefinity or add"),
        ("masks", {"corrected_image_path": None}, "no corrected photo; set its corners"),
        ("masks", {"mask_image_path": "default/processed/x.png"}, "processed/x.png; put it back"),
        ("masks", {"mask_image_path": "default/../../secret.png"}, "outside its user's folder"),
        ("masks", {"mask_image_path": "/etc/passwd"}, "outside its user's folder"),
        ("masks", {"corrected_image_path": "C:\\x\\y.png"}, "outside its user's folder"),
        ("masks", {"corrected_image_path": "default/" + "x" * 999}, "put it back"),
        ("masks", {"corrected_image_path": "default/a\0b"}, "put it back"),
        ("masks", {"corrected_image_path": 7}, "put it back"),
        ("polygons", {"polygons": [{"points": [{"x": 1, "y": 2}]}]}, "damaged polygon"),
        ("polygons", {"polygons": [{"points": [{"x": float("nan"), "y": 1}] * 3}]}, "damaged"),
        ("polygons", {"polygons": [{"points": [{"x": 10**400, "y": 1}] * 3}]}, "damaged"),
        ("polygons", {"polygons": 3}, "damaged polygon"),
    ],
)
def test_a_session_that_cannot_be_used_is_named(
    storage: Path, truth: str, changes: dict[str, object], reason: str
) -> None:
    Pillow.new("L", (90, 120)).save(storage.parent / "secret.png")
    add_session(storage, "default", ONE, **changes)
    dataset = open_storage(storage, truth)
    assert [s.id for s in dataset.samples] == [f"default.{TWO}"]
    (problem,) = dataset.problems
    assert problem.startswith(f"{storage}/default/sessions.json: session '{ONE}'")
    assert reason in problem


def test_a_link_out_of_the_storage_is_not_followed(storage: Path) -> None:
    mask = storage / "default" / "processed" / f"{ONE}_mask.png"
    mask.rename(storage.parent / "secret.png")
    mask.symlink_to(storage.parent / "secret.png")
    dataset = open_storage(storage)
    assert len(dataset.samples) == 1
    assert "outside its user's folder" in dataset.problems[0]


def test_an_id_that_is_a_path_is_refused(storage: Path) -> None:
    add_session(storage, "default", TWO)
    file = storage / "default" / "sessions.json"
    sessions = json.loads(file.read_text())
    file.write_text(json.dumps({"../../out": sessions[ONE], TWO: sessions[TWO], "x": None}))
    dataset = open_storage(storage)
    assert [s.id for s in dataset.samples] == [f"default.{TWO}"]
    assert any("cannot name a file" in problem for problem in dataset.problems)
    assert any("has no record" in problem for problem in dataset.problems)


@pytest.mark.parametrize("scale", [None, 0, -1, "wide", float("nan"), True])
def test_a_scale_that_is_none_keeps_the_photo(storage: Path, scale: object) -> None:
    add_session(storage, "default", ONE, scale_factor=scale)
    dataset = open_storage(storage)
    assert [s.mm_per_px for s in dataset.samples] == [None, 0.125]
    assert "no usable scale_factor, so no millimetres" in dataset.warnings[0]


def test_a_damaged_user_leaves_the_others(storage: Path) -> None:
    for user, text in (("b", "{"), ("c", "[]"), ("d", "[" * 100_000)):
        (storage / user).mkdir()
        (storage / user / "sessions.json").write_text(text)
    dataset = open_storage(storage)
    assert len(dataset.samples) == 2
    assert len(dataset.problems) == 3
    assert all("restore it from a backup" in problem for problem in dataset.problems)


def test_many_problems_are_counted(storage: Path) -> None:
    file = storage / "default" / "sessions.json"
    sessions = json.loads(file.read_text())
    unfinished = {f"s{i}": {"id": f"s{i}"} for i in range(1000)}
    file.write_text(json.dumps(sessions | unfinished))
    dataset = open_storage(storage)
    assert len(dataset.samples) == 2
    assert len(dataset.problems) == 6
    assert dataset.problems[-1] == f"{file}: 995 more problems like these"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda root: None, r"does not exist; dataset\.root must be tracefinity's storage"),
        (
            lambda root: (root / "images").mkdir(parents=True),
            r"no sessions\.json .*it holds images",
        ),
        (
            lambda root: add_session(root, "default", ONE, mask_image_path=None),
            r"has no mask.*\n.*nothing to evaluate \(1 sessions, none usable\)",
        ),
    ],
)
def test_the_wrong_folder_is_told(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    make(tmp_path / "photos")
    with pytest.raises(DatasetError, match=message):
        open_storage(tmp_path / "photos")


def test_another_truth_is_refused(storage: Path) -> None:
    with pytest.raises(DatasetError, match=r"dataset\.truth=boxes: use masks or polygons"):
        open_storage(storage, "boxes")


def test_from_the_command_line(command: Command, storage: Path, tmp_path: Path) -> None:
    own = ("model=otsu", "dataset=tracefinity", f"dataset.root={storage}")
    done = command("eval", *own, "dataset.truth=polygons")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "reports/storage/comparison.md").read_text()
    assert "does not record which tracer" in page
    assert "truth is the outlines it keeps" in page
    scores = read_scores(tmp_path / "reports/storage/runs/otsu")
    assert scores == {f"default.{s}": ("ok", "1.0") for s in (ONE, TWO)}


@pytest.mark.skipif(not GEMINI_PHOTOS.exists(), reason="the real photos are not in git")
def test_a_real_photo_with_the_mask_that_came_back(tmp_path: Path) -> None:
    add_session(tmp_path, "default", ONE)
    processed = tmp_path / "default" / "processed"
    opened(GEMINI_PHOTOS / "images/hacksaw.jpg").resize((1579, 2048)).save(
        processed / f"{ONE}_corrected.png", "JPEG"
    )
    shutil.copyfile(GEMINI_PHOTOS / "masks/hacksaw.png", processed / f"{ONE}_mask.png")
    dataset = open_storage(tmp_path)
    image = dataset.samples[0].photo()
    truth, tags = dataset.truth(dataset.samples[0], image.shape[:2])
    assert truth.shape == (2048, 1579)
    assert tags == ("truth_resized",)
    assert 0.04 < truth.mean() < 0.07
