"""A photo's score is measured once, and again if anything that it depends on has changed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.caching import cache
from datasets.errors import DatasetError
from datasets.folder import load
from datasets.reading import kept_pixels
from datasets.reading.mask_pixels import MaskPixels, read_pixels
from evaluate.compare.rows import kept_row
from evaluate.paper import photo_metrics
from evaluate.score import photo_score, photo_traits
from evaluate.score.stage import score_run
from evaluate.store.identity import OURS, ROOT
from evaluate.store.run_folder import Run
from evaluate.store.scores import Measuring, Score
from tests.support.commands import run_command
from tests.support.photos import make_folder
from tests.support.runs import rewrite

CLEARANCE_MM = 0.3


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Three photos and Otsu's run on them; results are kept in a file of the test's own."""
    photos = make_folder(tmp_path / "photos", list("abc"))
    own = ("dataset=folder", f"dataset.root={photos}", f"reports={tmp_path}", "html=false")
    assert run_command("run", "model=otsu", *own).returncode == 0
    cache.use(tmp_path / "cache.sqlite")
    yield photos
    cache.use(None)


def scored(root: Path, clearance_mm: float = CLEARANCE_MM) -> dict[str, Score]:
    dataset = load(str(root), "photos", "auto")
    return {
        s.id: s for s in score_run(Run(root / "runs" / "otsu"), dataset, Measuring(clearance_mm))
    }


def erase_half(path: Path) -> None:
    levels = np.array(Pillow.open(path).convert("L"))
    levels[: len(levels) // 2] = 0
    Pillow.fromarray(levels).save(path)


def predict_half(root: Path, id_: str) -> None:
    run = root / "runs" / "otsu"
    erase_half(run / "masks" / f"{id_}.png")
    rewrite(run)


def scale(root: Path) -> None:
    (root / "metadata.csv").write_text("id,mm_per_px\nb,0.5\n")


def test_nothing_is_measured_twice(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scored(root)
    assert all(score.iou == 1 for score in first.values())

    def measured_again(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr("evaluate.score.photo_score.measure", measured_again)
    assert scored(root) == first
    cache.use(None)
    with pytest.raises(AssertionError, match="measured again"):
        scored(root)


@pytest.mark.parametrize(
    "change",
    [
        lambda root: predict_half(root, "b"),
        lambda root: erase_half(root / "masks" / "b.png"),
        scale,
    ],
    ids=["mask", "truth", "scale"],
)
def test_a_change_is_measured(root: Path, change: Callable[[Path], None]) -> None:
    first = scored(root)
    change(root)
    again = scored(root)
    assert again["b"] != first["b"]
    assert (again["a"], again["c"]) == (first["a"], first["c"])
    cache.use(None)
    assert scored(root) == again


def test_a_change_that_keeps_size_and_time_is_measured(root: Path) -> None:
    first = scored(root)
    one, other = (root / "runs" / "otsu" / "masks" / f"{id_}.png" for id_ in "ab")
    about = one.stat()
    one.write_bytes(other.read_bytes().ljust(about.st_size, b"\0"))
    os.utime(one, ns=(about.st_atime_ns, about.st_mtime_ns))
    rewrite(root / "runs" / "otsu")
    assert scored(root)["a"].iou != first["a"].iou


def test_a_setting_is_part_of_it(root: Path) -> None:
    scale(root)
    predict_half(root, "b")
    near, far = (scored(root, clearance)["b"].measures["surface_dice"] for clearance in (0.1, 20))
    assert near < far


def test_a_truth_that_is_replaced_meanwhile_is_scored_as_neither(root: Path) -> None:
    path = root / "masks" / "b.png"
    whole = path.read_bytes()
    dataset = load(str(root), "photos", "auto")
    assert dataset.content_hash
    erase_half(path)
    run = Run(root / "runs" / "otsu")
    with pytest.raises(DatasetError, match=r"b\.png or its ground truth has changed while"):
        score_run(run, dataset, Measuring(CLEARANCE_MM))
    path.write_bytes(whole)
    assert all(score.iou == 1 for score in scored(root).values())


def test_a_truth_that_is_replaced_and_put_back_is_scored_as_neither(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, aside = root / "masks" / "b.png", root / "b.png"
    dataset = load(str(root), "photos", "auto")
    assert dataset.content_hash
    monkeypatch.setattr(kept_pixels, "_kept", kept_pixels._Kept())
    read = read_pixels
    replaced: list[Path] = []

    def another_meanwhile(mask: Path) -> MaskPixels:
        if mask != path or replaced:
            return read(mask)
        replaced.append(mask.rename(aside))
        shutil.copy(root / "masks" / "a.png", path)
        found = read(path)
        aside.replace(path)
        return found

    monkeypatch.setattr(kept_pixels, "read_pixels", another_meanwhile)
    run = Run(root / "runs" / "otsu")
    with pytest.raises(DatasetError, match=r"b\.png or its ground truth has changed while"):
        score_run(run, dataset, Measuring(CLEARANCE_MM))
    assert replaced
    assert all(score.iou == 1 for score in scored(root).values())


def test_equal_unreadable_truths_are_each_named(root: Path) -> None:
    mask = root / "runs" / "otsu" / "masks" / "b.png"
    (mask.parent / "c.png").write_bytes(mask.read_bytes())
    rewrite(root / "runs" / "otsu")
    for id_ in "bc":
        (root / "masks" / f"{id_}.png").write_bytes(b"none")
    found = scored(root)
    assert {id_: f"masks/{id_}.png" in found[id_].error for id_ in "bc"} == {"b": True, "c": True}


@pytest.mark.parametrize(
    ("module", "rooms"),
    [
        ("evaluate.score.photo_score", photo_score.SCORE_CODE),
        ("evaluate.score.photo_traits", photo_traits.TRAITS_CODE),
        ("evaluate.paper.photo_metrics", photo_metrics.PAPER_CODE),
        ("evaluate.compare.rows.row", kept_row.ROW_CODE),
    ],
)
def test_all_code_that_computes_a_result_is_part_of_its_key(
    module: str, rooms: tuple[str, ...]
) -> None:
    plain = {"evaluate", "evaluate.errors", "models", "models.segmenter"}  # definitions only
    of_key = tuple(room.replace("/", ".") for room in rooms)
    loaded = loaded_by(module) - plain
    assert module in loaded
    assert not {name for name in loaded if not name.startswith(of_key)}


def test_the_cache_is_no_part_of_a_runs_key() -> None:
    assert not {name for name in loaded_by("evaluate.predict.worker") if ".caching" in name}


def loaded_by(module: str) -> set[str]:
    """The modules of the project that a new process has once it has imported this one."""
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name for name in done.stdout.split() if name.split(".")[0] in OURS}
