"""The forms of truth: what is drawn from polygons, and what a photo with its own truth gives."""

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from datasets.dataset import Dataset, Sample
from datasets.truth import MaskFile, Polygons

HERE = Path("labels.txt")
SQUARE = ((2.0, 3.0), (6.0, 3.0), (6.0, 8.0), (2.0, 8.0))


def test_a_pixel_is_inside_where_its_centre_is() -> None:
    levels, absolute = Polygons(HERE, ((SQUARE,),), (10, 12)).levels((10, 12))
    expected = np.zeros((10, 12), np.uint8)
    expected[3:8, 2:6] = 255
    assert absolute
    assert levels.dtype == np.uint8
    assert (levels == expected).all()


def test_later_rings_are_holes_and_shapes_are_united() -> None:
    hole = ((3.0, 4.0), (5.0, 4.0), (5.0, 7.0), (3.0, 7.0))
    ring, _ = Polygons(HERE, ((SQUARE, hole),), (10, 12)).levels((10, 12))
    assert ring[5, 4] == 0
    assert (ring > 0).sum() == 20 - 6
    filled, _ = Polygons(HERE, ((SQUARE, hole), (SQUARE,)), (10, 12)).levels((10, 12))
    assert (filled > 0).sum() == 20


def test_shares_are_drawn_at_the_photos_size() -> None:
    half = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    levels, _ = Polygons(HERE, ((half,),), None).levels((8, 20))
    assert levels.shape == (8, 20)
    assert (levels[:, :10] == 255).all()
    assert not levels[:, 10:].any()


def test_the_digest_follows_the_coordinates() -> None:
    one = Polygons(HERE, ((SQUARE,),), (10, 12))
    assert one.digest() == Polygons(Path("other"), ((SQUARE,),), (10, 12)).digest()
    assert one.digest() != Polygons(HERE, ((SQUARE,),), (10, 13)).digest()


def test_a_cut_out_holds_photo_and_truth(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    pixels = np.full((6, 5, 4), 90, np.uint8)
    pixels[:, :, 3] = 0
    pixels[1:4, 1:3, 3] = 255
    Pillow.fromarray(pixels).save(path)
    sample = Sample("a", path, MaskFile(path), drop_alpha=True)
    dataset = Dataset("cutouts", (sample,), foreground="black")
    truth, _ = dataset.truth(sample, (6, 5))
    assert (sample.photo() == 90).all()
    assert truth.sum() == 6
    assert truth[1, 1]
    laid = Dataset("cutouts", (Sample("a", path, MaskFile(path)),))
    assert (laid.samples[0].photo()[0, 0] == 255).all()
    assert laid.photos_hash != dataset.photos_hash
