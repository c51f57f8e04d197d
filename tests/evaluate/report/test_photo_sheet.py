"""The contact sheet: the picked photos, their cards, and when there is no sheet."""

import io
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.arrays import Image
from datasets.folder import load
from evaluate.compare.comparison import Comparison, compare
from evaluate.display.contact_sheet import Card, sheet
from evaluate.display.palette import MASK, MISSED_AREA, SECOND_MASK, TRUTH, Colour
from evaluate.report.html.build import ASSETS
from evaluate.report.photo_sheet import cards, picks
from evaluate.report.picture_names import PHOTO_SHEET
from evaluate.store.run_folder import PredictionRecord, Run
from tests.support.commands import Command, run_command
from tests.support.comparisons import HOSTILE, MARGIN, compared, nothing, photos, row
from tests.support.photos import make_folder
from tests.support.runs import rewrite


def picked(comparison: Comparison) -> list[tuple[str, str]]:
    return [(pick.kind, pick.id) for pick in picks(comparison)]


def test_worst_disputed_and_median_photos_are_picked_and_none_twice() -> None:
    first = [0.99, 0.95, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5, 0.2, 0.1, 0.0]
    second = [0.2, 0.45, 0.3, *first[3:]]
    third = [0.9, 0.9, 0.1, *first[3:10], 0.9]
    values = {"A": first, "B": second, "C": third}
    rows = [row(label, photos(ious)) for label, ious in values.items()]
    comparison = compared([*rows, row("Background", photos([0.0] * 11))])
    assert picked(comparison) == [
        ("worst", "p10"),  # also the most disputed
        ("worst", "p09"),
        ("worst", "p08"),
        ("disputed", "p02"),
        ("disputed", "p00"),
        ("disputed", "p01"),
        ("median", "p05"),
        ("median", "p06"),
    ]
    shown = {pick.id: [one.label for one in pick.rows] for pick in picks(comparison)}
    assert shown["p10"] == shown["p05"] == ["A", "B"]  # the winner and the runner-up
    assert shown["p02"] == ["A", "C"]  # the best and the worst there
    assert shown["p00"] == ["A", "B"]


def test_ties_go_to_the_first_photo_and_agreement_is_not_disputed() -> None:
    same = photos([0.5] * 7)
    assert picked(compared([row("A", same), row("B", same)])) == [
        ("worst", "p00"),
        ("worst", "p01"),
        ("worst", "p04"),
        ("median", "p03"),
        ("median", "p02"),
    ]


@pytest.mark.parametrize(
    ("count", "kinds"),
    [
        (1, ["worst"]),
        (2, ["worst", "disputed"]),
        (3, ["worst", "disputed", "median"]),
        (4, ["worst", "worst", "disputed", "median"]),
    ],
)
def test_each_kind_has_one_of_few_photos(count: int, kinds: list[str]) -> None:
    rows = row("A", photos([0.9] * count)), row("B", photos([0.8] * count))
    assert [kind for kind, _ in picked(compared(rows))] == kinds


def test_one_row_has_no_disputes_and_rows_without_quality_are_ignored() -> None:
    alone = photos([0.3, 0.1, 0.2, 0.4])
    expected = [("worst", "p01"), ("worst", "p00"), ("median", "p02"), ("median", "p03")]
    for more in ([], [nothing("None", list(alone))]):
        comparison = compared([row("A", alone), *more])
        assert picked(comparison) == expected
        assert all([one.label for one in pick.rows] == ["A"] for pick in picks(comparison))
    assert picked(compared([nothing("None", ["p"])])) == []


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four photos with runs of Otsu (correct masks) and Background (empty masks)."""
    root = make_folder(tmp_path_factory.mktemp("contact") / "photos", list("abcd"))
    own = (
        "dataset=folder",
        f"dataset.root={root}",
        f"reports={root.parent}",
        "html=false",
        "plots=false",
    )
    done = run_command("eval", "model=otsu,background", *own)
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def root(evaluated: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(evaluated, tmp_path / "photos")


def made(root: Path) -> dict[str, Card]:
    """The cards by photo id."""
    comparison = compare(root / "runs", MARGIN)
    runs = [Run(root / "runs" / row.row) for row in comparison.rows]
    found = cards(comparison, load(str(root), "photos", "auto"), runs, root / "html")
    return {card.title.partition(": ")[2]: card for card in found}


def has(picture: Image, colour: Colour) -> bool:
    return bool((picture == colour).all(axis=2).any())


def test_a_card_shows_the_photo_and_both_masks_over_its_truth(root: Path) -> None:
    found = made(root)
    assert sorted(found) == list("abcd")
    for card in found.values():
        assert card.lines == []
        (words, photo), (best, right), (rival, empty) = card.tiles
        assert (words, best, rival) == ("photo", "Otsu\nIoU 1.000", "Background only\nIoU 0.000")
        assert photo.shape == right.shape == empty.shape
        assert [has(one, TRUTH) for one in (photo, right, empty)] == [False, True, True]
        assert [has(one, MASK) for one in (photo, right, empty)] == [False, True, False]


def test_the_page_has_the_colours_of_the_sheets() -> None:
    style = (ASSETS / "1-base.css").read_text("utf-8")
    named = {"truth": TRUTH, "extra": MASK, "b": SECOND_MASK, "missed": MISSED_AREA}
    for name, colour in named.items():
        assert f"--{name}: #{bytes(colour).hex()};" in style


def test_a_failed_photo_has_its_status_and_reason(root: Path) -> None:
    def late(one: PredictionRecord) -> PredictionRecord:
        reason = "no answer\nin 1 s " + "!" * 999
        return replace(one, status="timeout", error=reason) if one.id == "a" else one

    rewrite(root / "runs" / "otsu", late)
    card = made(root)["a"]
    assert card.tiles[1][0] == "Otsu\ntimeout"
    assert has(card.tiles[1][1], TRUTH)
    assert not has(card.tiles[1][1], MASK)
    (line,) = card.lines
    assert line.startswith("Otsu: no answer in 1 s")
    assert len(line) < 300


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (Path.unlink, "missing or damaged"),
        (partial(Path.write_bytes, data=b"no picture"), "missing or damaged"),
        (lambda path: Pillow.new("L", (9, 9)).save(path), "not the mask that was predicted"),
    ],
)
def test_a_missing_mask_is_mentioned(
    root: Path, damage: Callable[[Path], object], text: str
) -> None:
    damage(root / "runs" / "otsu" / "masks" / "b.png")
    found = made(root)
    assert found["b"].tiles[1][0] == "Otsu\nno mask"
    assert found["b"].lines[0].startswith("Otsu: ")
    assert text in found["b"].lines[0]
    assert found["a"].lines == []


def test_an_unreadable_photo_is_a_text(root: Path) -> None:
    (root / "images" / "c.png").write_bytes(b"no picture")
    card = made(root)["c"]
    assert card.tiles == []
    assert "c.png" in card.lines[0]


def test_the_sheet_is_drawn_with_any_names() -> None:
    tile = np.zeros((50, 90, 3), np.uint8)
    for name in HOSTILE:
        drawn = sheet([Card(name, [name], [(f"{name}\n{name}", tile)]), Card(name, [], [])])
        with Pillow.open(io.BytesIO(drawn)) as picture:
            assert picture.height > 50


def test_the_page_has_the_sheet_only_if_it_was_made(
    command: Command, folder: Path, tmp_path: Path
) -> None:
    own = ("dataset=folder", f"dataset.root={folder}")
    report = tmp_path / "reports" / "photos"

    def linked() -> bool:
        there = (report / PHOTO_SHEET).is_file()
        assert (f"({PHOTO_SHEET})" in (report / "comparison.md").read_text()) is there
        return there

    done = command("eval", "model=otsu", "html=true", *own)
    assert done.returncode == 0, done.stderr
    assert linked()
    assert PHOTO_SHEET in done.stdout
    with Pillow.open(report / PHOTO_SHEET) as picture:
        assert picture.format == "JPEG"
        assert 1000 < picture.width < 1200
    assert command("compare", "html=false", *own).returncode == 0
    assert not linked()

    (report / "runs" / "otsu" / "masks" / "b.png").write_bytes(b"no picture")
    done = command("compare", "html=true", *own)
    assert "100%" in done.stdout
    assert linked()
    (folder / "masks" / "a.png").write_bytes((folder / "masks" / "b.png").read_bytes())
    done = command("compare", "html=true", *own)
    assert "photos has changed since it was scored; run: make score" in done.stderr
    assert "100%" in done.stdout
    assert not linked()
