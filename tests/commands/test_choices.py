"""What a person chooses means what it says, or is refused with the nearest that does."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from evaluate.errors import ReportsError
from evaluate.store import letter_case
from evaluate.store.letter_case import check_ids, check_row
from tests.support.commands import Command
from tests.support.photos import make_folder


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("threads=1,2", "threads=1,2: a sweep of threads would leave only its last run"),
        ("device=cpu,auto", "model.label='NAME, device cpu'"),
        ("timeout_s=choice(1,2)", "a sweep of timeout_s would leave only its last run"),
        ("html=true,false", "a sweep of html would leave"),
        ("retry=glob(*)", "a sweep of retry would leave"),
        ("allowed_drop=0,01", "allowed_drop=0,01: write a decimal number with a point, 0.01"),
        ("gate.photo_drop=0,1", "write a decimal number with a point, 0.1"),
        ("clearance_mm=0,3", "write a decimal number with a point, 0.3"),
        ("model.threshold=0,5", "write a decimal number with a point, 0.5"),
        ("crop=full,paper", "several values are a sweep; to run each of them, add ARGS=-m"),
        ("allowed_drop=5", "allowed_drop=5: give a number from 0 to 1; 5 percent are 0.05"),
        ("gate.photo_drop=10", "give a number from 0 to 1"),
        ("gate.share_drop=1.5", "give a number from 0 to 1"),
        ("gate.mask_iou=98", "give a number from 0 to 1"),
        ("margin_iou=2", "give a number from 0 to 1"),
        ("agree_iou=99", "give a number from 0 to 1"),
        ("gate.chance=5", "give a number from 0 to 1"),
        ("modle=otsu", "modle: there is no such setting; did you mean model?"),
        ("datset=folder", "did you mean dataset?"),
        ("refin=guided", "did you mean refine?"),
        ("suit=issue", "did you mean suite?"),
        ("alowed_drop=0.1", "did you mean allowed_drop?"),
        ("dataset.rot=x", "did you mean dataset.root"),
        ("dataset.lables=[1]", "did you mean dataset.labels"),
        ("model.treshold=1", "did you mean model.threshold"),
        ("model=isnett", "did you mean isnet"),
        ("model=Otsu", "did you mean otsu"),
        ("dataset=foldr", "did you mean folder"),
        ("crop=papr", "did you mean paper?"),
        ("suite=isue", "did you mean issue?"),
        ("columns=isue", "did you mean issue?"),
        ("metrics=papr", "did you mean paper?"),
    ],
)  # fmt: skip
def test_invalid_choices_are_refused(
    command: Command, tmp_path: Path, setting: str, message: str
) -> None:
    done = command("eval", "model=otsu", setting)
    assert done.returncode == 2, done.stdout
    assert message in done.stderr + done.stdout
    assert not list((tmp_path / "reports").rglob("run.json"))


@pytest.mark.parametrize("several", ["model=otsu,background", "suite=floors"])
@pytest.mark.parametrize("setting", ["model.label=Mine", "model.threshold=9"])
def test_a_setting_of_one_model_is_not_for_several(
    command: Command, several: str, setting: str
) -> None:
    done = command("eval", several, setting)
    assert done.returncode == 2
    assert "that is one model's setting, and several are named; run each by itself" in done.stderr


def test_a_misspelt_command_has_a_nearest(command: Command) -> None:
    done = command("comapre")
    assert done.returncode == 2
    assert "comapre: there is no such command; did you mean c" in done.stderr


def test_conditions_are_not_swept_with_m_either(command: Command) -> None:
    done = command("eval", "-m", "model=otsu", "threads=1,2")
    assert done.returncode == 2
    assert "a sweep of threads would leave only its last run" in done.stderr


def test_a_sweep_never_replaces_its_own_row(command: Command, folder: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    done = command("eval", "-m", "model=otsu", "dataset.foreground=white,black", *own)
    assert done.returncode == 2
    assert "dataset.foreground=black" in done.stderr
    assert "has the row otsu" in done.stderr
    assert command("eval", "-m", "model=otsu,background", "crop=full,paper", *own).returncode == 0


@pytest.mark.parametrize(
    ("stage", "chosen"),
    [
        *(("compare", "model=otsu"), ("compare", "model=otsu,grabcut")),
        *(("audit", "model=otsu"), ("audit", "suite=floors")),
    ],
)
def test_stages_over_all_rows_take_no_model(command: Command, stage: str, chosen: str) -> None:
    done = command(stage, chosen)
    assert done.returncode == 2
    assert f"make {stage} takes every stored row, no model" in done.stderr


def test_rows_are_chosen(command: Command, folder: Path, tmp_path: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    command("eval", "model=otsu,background", *own)
    command("eval", "model=otsu", "model.label=A,B", *own)
    assert (tmp_path / "reports/photos/runs/A,B").is_dir()
    done = command("compare", "rows=A,B,otsu", *own)
    assert done.returncode == 0, done.stderr
    assert "Only chosen rows are in this table: rows=A,B,otsu" in done.stderr
    assert "Otsu" in done.stdout
    assert "Background" not in done.stdout
    assert "Background" in command("compare", *own).stdout
    done = command("compare", "rows=otsu,backgroud", *own)
    assert done.returncode == 2
    assert "no row is called backgroud; there are: A,B, background, otsu" in done.stderr
    assert "did you mean background?" in done.stderr


@pytest.mark.parametrize(("limit", "name"), [(2, "photos-first2"), (3, "photos"), (1000, "photos")])
def test_a_limit_above_the_photos_is_the_whole_set(
    command: Command, folder: Path, tmp_path: Path, limit: int, name: str
) -> None:
    own = ("model=otsu", "dataset=folder", f"dataset.root={folder}", f"limit={limit}")
    assert command("eval", *own).returncode == 0
    assert [path.name for path in (tmp_path / "reports").glob("[!.]*")] == [name]
    assert command("baseline", *own).returncode == 0
    assert command("gate", *own).returncode == 0


def test_an_old_table_is_called_old(command: Command, folder: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    command("eval", "model=otsu", *own)
    assert "has changed" not in command("compare", "html=false", *own).stderr
    Pillow.fromarray(np.zeros((120, 90), np.uint8)).save(folder / "masks" / "a.png")
    done = command("compare", "html=false", *own)
    assert (
        "The table is old: photos has changed since it was scored; run: make score" in done.stderr
    )


def test_the_gate_names_photos(command: Command, folder: Path) -> None:
    own = ("model=otsu", "dataset=folder", f"dataset.root={folder}")
    command("eval", *own)
    command("baseline", *own)
    make_folder(folder, ["d", "e"])
    for part in ("images", "masks"):
        (folder / part / "a.png").unlink()
    for stage in ("gate", "eval", "gate"):
        done = command(stage, *own)
        if stage == "gate":
            assert done.returncode == 2
            assert "2 added: d, e; 1 removed: a" in done.stderr


class IgnoringCase(type(Path())):  # type: ignore[misc]
    """Paths of a disk that ignores case, as far as ``exists`` tells."""

    def exists(self) -> bool:
        return any(p.name.casefold() == self.name.casefold() for p in Path(self.parent).iterdir())


def test_labels_may_differ_from_a_model_in_case(
    command: Command, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    masks = f"model.root={folder / 'masks'}"
    done = command("eval", "model=precomputed", masks, "model.label=Gemini", *own)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reports/photos/runs/Gemini").is_dir()
    done = command("eval", "model=precomputed", masks, "model.label=gemini", *own)
    assert "that is a model's name" in done.stderr


@pytest.mark.parametrize(
    "names",
    [("otsu", "Otsu"), ("Gemini", "gemini"), ("a b", "A b"), ("É", "é"), ("x.json", "X.json")],
)
def test_rows_that_would_share_a_folder_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    first, second = names
    (tmp_path / first).mkdir()
    disk = IgnoringCase(tmp_path)
    check_row(disk, first, "row")
    check_row(disk, "another", "row")
    check_row(tmp_path, second, "row")  # this disk tells them apart
    with pytest.raises(ReportsError, match=f"ignores case, so it is {first}, of another row"):
        check_row(disk, second, "row")


@pytest.mark.parametrize(
    "ids", [["A", "a"], ["IMG-1", "b", "img-1"], ["É", "é"], ["x", "y", "X", "Y"], ["ß", "SS"]]
)
def test_photos_that_would_share_a_mask_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ids: list[str]
) -> None:
    check_ids(tmp_path, ids)  # this disk tells them apart
    monkeypatch.setattr(letter_case, "ignores_case", lambda _: True)
    check_ids(tmp_path, ["a", "b", "c"])
    with pytest.raises(ReportsError, match="would be one file; rename one"):
        check_ids(tmp_path, ids)
    assert not list(tmp_path.iterdir())


def test_photos_that_differ_in_case_are_scored_here(command: Command, tmp_path: Path) -> None:
    root = make_folder(tmp_path / "photos", ["a", "A", "b"])
    if len(list((root / "images").iterdir())) < 3:
        return  # a disk that ignores case has no such photos
    done = command("eval", "model=otsu", "dataset=folder", f"dataset.root={root}")
    assert done.returncode == 0, done.stderr
