"""Cut-outs: photo and truth from one file, and the two ways they mislead."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.cutouts import load
from datasets.dataset import Dataset
from datasets.errors import DatasetError
from datasets.pictures import PictureError
from tests.datasets.reading.mask_files import levels, with_alpha
from tests.support.commands import Command
from tests.support.photos import photo
from tests.support.runs import read_scores


def add_cutout(path: Path, *, wiped: bool = False) -> None:
    """A cut-out as an editor saves it; ``wiped`` as an exporter does that saves space."""
    image, mask = photo()
    noise = np.random.default_rng(0).integers(0, 12, image.shape, np.uint8)
    colours = np.where(mask[:, :, None] | (not wiped), image + noise, 0)
    alpha = np.where(mask, 255, 0).astype(np.uint8)
    pixels = np.dstack([colours.astype(np.uint8), alpha])
    path.parent.mkdir(exist_ok=True)
    Pillow.fromarray(pixels).save(path, lossless=True, exact=True)


def open_cutouts(root: Path) -> Dataset:
    return load(str(root), "cutouts")


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.tif"])
def test_one_file_is_photo_and_truth(tmp_path: Path, name: str) -> None:
    add_cutout(tmp_path / name)
    dataset = open_cutouts(tmp_path)
    (sample,) = dataset.samples
    assert sample.id == "a"
    assert (np.abs(sample.photo().astype(int) - photo()[0]) < 12).all()
    truth, tags = dataset.truth(sample, (120, 90))
    assert (truth == photo()[1]).all()
    assert not tags
    assert not dataset.problems
    assert "Backgrounds of one colour: 0 of 1 looked at." in dataset.notices[0]


def test_half_transparent_is_foreground(tmp_path: Path) -> None:
    pixels = np.full((2, 2, 4), 90, np.uint8)
    pixels[:, :, 3] = [[0, 127], [128, 255]]
    Pillow.fromarray(pixels).save(tmp_path / "a.png")
    dataset = open_cutouts(tmp_path)
    truth, _ = dataset.truth(dataset.samples[0], (2, 2))
    assert truth.tolist() == [[False, False], [True, True]]


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("low_high", [(0, 1), (0, 100), (0, 127), (3, 9), (128, 255), (0, 249)])
def test_two_levels_of_alpha_are_background_and_tool(
    tmp_path: Path, low_high: tuple[int, int], suffix: str
) -> None:
    image, mask = photo()
    pixels = with_alpha(image, levels(mask, *low_high))
    Pillow.fromarray(pixels).save(tmp_path / f"a{suffix}", lossless=True, exact=True)
    dataset = open_cutouts(tmp_path)
    assert (dataset.truth(dataset.samples[0], mask.shape)[0] == mask).all()
    assert "one colour: 1 of 1 looked at" in dataset.notices[0]  # the photo's paper is even


@pytest.mark.parametrize(
    ("name", "hidden"),
    [("a.png", 90), ("a.png", 0), ("a.png", 255), ("a.webp", 0), ("a.tif", 90), ("a.tif", 255)],
)
def test_a_cut_out_of_nothing_is_empty(tmp_path: Path, name: str, hidden: int) -> None:
    pixels = with_alpha(np.full((20, 30, 3), hidden, np.uint8), 0)
    Pillow.fromarray(pixels).save(tmp_path / name, lossless=True, exact=True)
    dataset = open_cutouts(tmp_path)
    assert not dataset.truth(dataset.samples[0], (20, 30))[0].any()


@pytest.mark.parametrize("alpha", [1, 100, 127, 128, 249])
def test_an_alpha_that_is_the_same_everywhere_is_no_truth(tmp_path: Path, alpha: int) -> None:
    Pillow.fromarray(with_alpha(photo()[0], alpha)).save(tmp_path / "a.png")
    dataset = open_cutouts(tmp_path)
    with pytest.raises(PictureError, match=rf"a\.png: alpha {alpha} throughout; cut it out again"):
        dataset.truth(dataset.samples[0], (120, 90))


def test_a_palette_with_a_transparent_colour_is_a_cut_out(tmp_path: Path) -> None:
    picture = Pillow.fromarray(photo()[1].astype(np.uint8))
    picture.putpalette([200, 200, 200, 30, 30, 30])
    picture.save(tmp_path / "a.png", transparency=bytes([9, 255]))
    dataset = open_cutouts(tmp_path)
    assert (dataset.samples[0].photo()[photo()[1]] == 30).all()
    assert (dataset.truth(dataset.samples[0], (120, 90))[0] == photo()[1]).all()


def test_files_without_alpha_are_named(tmp_path: Path) -> None:
    add_cutout(tmp_path / "a.png")
    Pillow.fromarray(photo()[0]).save(tmp_path / "b.png")
    Pillow.fromarray(photo()[0]).save(tmp_path / "c.jpg")
    (tmp_path / "d.png").write_bytes(b"")
    (tmp_path / "e.png").write_text("no picture")
    dataset = open_cutouts(tmp_path)
    assert [s.id for s in dataset.samples] == ["a"]
    b, c, d, e = dataset.problems
    assert b.startswith(f"{tmp_path / 'b.png'}: no alpha channel")
    assert "use dataset=folder with its mask" in b
    assert c.startswith(f"{tmp_path / 'c.jpg'}: no alpha channel")
    assert "d.png: the file is empty" in d
    assert "e.png: cannot be read" in e


def test_an_alpha_that_hides_nothing_is_no_truth(tmp_path: Path) -> None:
    Pillow.fromarray(photo()[0]).convert("RGBA").save(tmp_path / "a.png")
    dataset = open_cutouts(tmp_path)
    with pytest.raises(PictureError, match=r"a\.png: opaque throughout; cut it out again"):
        dataset.truth(dataset.samples[0], (120, 90))


def test_wiped_backgrounds_are_counted(tmp_path: Path) -> None:
    for i in range(6):
        add_cutout(tmp_path / f"{i}.png", wiped=i < 4)
    (notice,) = open_cutouts(tmp_path).notices
    assert "one colour: 4 of 6 looked at;" in notice
    assert "overstates every model" in notice


def test_many_files_are_sampled(tmp_path: Path) -> None:
    for i in range(40):
        add_cutout(tmp_path / f"{i:02}.png", wiped=True)
    (notice,) = open_cutouts(tmp_path).notices
    assert "10 of 10 looked at" in notice


def test_the_wrong_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        DatasetError, match=r"none does not exist; dataset\.root must hold cut-outs"
    ):
        open_cutouts(tmp_path / "none")
    for i in range(9):
        Pillow.new("RGB", (4, 4)).save(tmp_path / f"{i}.png")
    with pytest.raises(DatasetError) as caught:
        open_cutouts(tmp_path)
    lines = str(caught.value).splitlines()
    assert len(lines) == 7
    assert lines[5] == f"{tmp_path}: 4 more files that are not cut-outs"
    assert "nothing to evaluate (9 pictures, none with an alpha channel" in lines[6]


def test_from_the_command_line(command: Command, tmp_path: Path) -> None:
    add_cutout(tmp_path / "mine" / "a.png")
    add_cutout(tmp_path / "mine" / "b.webp", wiped=True)
    done = command("eval", "model=otsu", "dataset=cutouts", f"dataset.root={tmp_path / 'mine'}")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "reports/mine/comparison.md").read_text()
    assert "Backgrounds of one colour: 1 of 2 looked at" in page
    assert read_scores(tmp_path / "reports/mine/runs/otsu")["a"] == ("ok", "1.0")
