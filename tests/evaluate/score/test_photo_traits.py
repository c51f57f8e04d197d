"""The measures that slices are cut by."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.caching import cache
from datasets.folder import load
from evaluate.metrics.working_scale import view
from evaluate.score.photo_traits import traits, traits_of
from evaluate.store.traits import stored_traits


def picture() -> tuple[np.ndarray, np.ndarray]:
    """A gray bar of 400×40 px with one hole, and a small dot, on white 800×600 paper."""
    truth = np.zeros((600, 800), np.uint8)
    truth[100:140, 200:600] = 1
    truth[110:130, 300:320] = 0
    cv2.circle(truth, (400, 400), 15, 1, -1)
    image = np.where(truth[:, :, None] > 0, 119, 255).astype(np.uint8).repeat(3, axis=2)
    return image, truth.astype(bool)


def test_each_measure_on_a_drawn_picture() -> None:
    image, truth = picture()
    image[100:140, 200:240] = 255  # a tenth of the bar is blown out
    found = traits(view(image, truth))
    assert found["brightness"] == pytest.approx(100, abs=0.1)
    assert found["contrast"] == pytest.approx(50, abs=1)  # gray 119 is L* 50
    assert found["glare"] == pytest.approx(40 * 40 / truth.sum(), abs=1e-3)
    assert found["size"] == pytest.approx(truth.mean(), abs=1e-3)
    assert (found["parts"], found["holes"], found["touches_edge"]) == (2, 1, False)
    assert found["width"] == pytest.approx(2 * truth.sum() / (880 + 80 + 94) / 800, rel=0.05)


def test_specks_are_no_parts_and_an_edge_is_seen() -> None:
    image, truth = picture()
    truth[500, 500] = True
    truth[0:20, 0:20] = True
    found = traits(view(image, truth))
    assert (found["parts"], found["touches_edge"]) == (3, True)


@pytest.mark.parametrize("place", [(0, 250), (-1, 250), (250, 0), (250, -1)])
def test_one_pixel_at_the_border_is_seen(place: tuple[int, int]) -> None:
    image, truth = picture()
    truth[place] = True
    assert traits(view(image, truth))["touches_edge"] is True
    truth[place] = False
    truth[1, 250] = truth[-2, 250] = truth[250, 1] = truth[250, -2] = True
    assert traits(view(image, truth))["touches_edge"] is False


def test_glare_is_where_every_channel_reaches_250() -> None:
    image, truth = picture()
    image[truth] = (249, 255, 255)
    assert traits(view(image, truth))["glare"] == 0
    image[truth] = 250
    assert traits(view(image, truth))["glare"] == 1


def test_parts_and_holes_count_from_a_ten_thousandth_of_the_photo_on() -> None:
    """48 px of 800×600."""
    image, truth = np.zeros((600, 800, 3), np.uint8), np.zeros((600, 800), bool)
    truth[0:30, 0:40] = True
    truth[10:14, 10:22] = False  # 48 px
    truth[20:24, 10:22] = False
    truth[20, 10] = True  # 47 px
    truth[0, 20] = False  # at the border, so no hole
    truth[0:4, 100:112] = truth[300:312, 0:4] = True  # at the border, to the last row
    truth[100:104, 100:112] = True
    truth[200:204, 100:112] = True
    truth[200, 100] = False
    found = traits(view(image, truth))
    assert (found["parts"], found["holes"]) == (4, 1)


@pytest.mark.parametrize("place", [(60, 80), (0, 0), (150, 240)])
def test_contrast_is_with_the_background_next_to_the_tool(place: tuple[int, int]) -> None:
    """Within 9 px of 300 the paper is red; it is white a pixel further."""
    truth = np.zeros((200, 300), np.uint8)
    top, left = place
    truth[top : top + 50, left : left + 60] = 1
    ring = cv2.dilate(truth, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (19, 19)))
    image = np.full((200, 300, 3), 255, np.uint8)
    image[ring > 0] = (255, 0, 0)
    image[truth > 0] = 0
    # of the ring, just fewer than half is green
    around = np.argwhere((ring > 0) & (truth == 0))
    near = truth > 0
    image[tuple(around[: (len(around) - 1) // 2].T)] = (0, 255, 0)
    found = traits(view(image, near))
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    expected = np.median(lab[(ring > 0) & ~near], axis=0)  # black is 0, 0, 0
    assert found["contrast"] == pytest.approx(np.linalg.norm(expected), abs=1e-3)


def test_contrast_of_a_tiny_photo_is_with_one_pixel_around() -> None:
    truth = np.zeros((16, 16), bool)
    truth[6:10, 6:10] = True
    image = np.full((16, 16, 3), 255, np.uint8)
    image[5:11, 6:10] = image[6:10, 5:11] = (255, 0, 0)
    image[truth] = 0
    red = cv2.cvtColor(np.array([[[1, 0, 0]]], np.float32), cv2.COLOR_RGB2LAB)
    contrast = traits(view(image, truth))["contrast"]
    assert contrast == pytest.approx(np.linalg.norm(red), abs=1e-3)


def test_a_single_pixel_has_an_outline_of_one_pixel() -> None:
    truth = np.zeros((16, 16), bool)
    truth[8, 8] = True
    assert traits(view(np.full((16, 16, 3), 255, np.uint8), truth))["width"] == 2 / 1 / 16


def test_values_have_four_decimals_and_counts_are_whole() -> None:
    image, truth = picture()
    found = traits(view(image, truth))
    assert found["size"] == round(truth.mean(), 4) != truth.mean()
    assert [type(found[name]) for name in ("parts", "holes", "touches_edge", "size")] == [
        int, int, bool, float
    ]  # fmt: skip


def test_kept_traits_are_of_the_very_photo(folder: Path, tmp_path: Path) -> None:
    with Pillow.open(folder / "images" / "b.png") as image:
        image.point(lambda level: level // 2).save(folder / "images" / "b.png")
    cache.use(tmp_path / "cache.sqlite")
    try:
        for _ in range(2):  # measured, then kept
            dataset = load(root=str(folder), name="photos", foreground="auto")
            found = traits_of(dataset, tmp_path / "traits.json")
            assert found["a"]["brightness"] > found["b"]["brightness"] + 10
            (tmp_path / "traits.json").unlink()
    finally:
        cache.use(None)


def test_unreadable_photos_have_no_traits(folder: Path, tmp_path: Path) -> None:
    (folder / "images" / "b.png").write_bytes(b"no picture")
    dataset = load(root=str(folder), name="photos", foreground="auto")
    assert traits_of(dataset, tmp_path / "traits.json").keys() == {"a", "c"}


def test_a_photo_of_nothing_has_its_brightness_only() -> None:
    image, truth = picture()
    assert traits(view(image, np.zeros_like(truth))).keys() == {"brightness"}
    assert traits(view(image, np.ones_like(truth)))["contrast"] == 0


def test_they_are_kept_until_the_dataset_changes(folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "traits.json"
    dataset = load(root=str(folder), name="photos", foreground="auto")
    first = traits_of(dataset, kept)
    assert first.keys() == {"a", "b", "c"}
    assert stored_traits(kept, dataset.content_hash) == first
    assert stored_traits(kept, "another") == {} == stored_traits(tmp_path / "none", "")
    text = kept.read_text().replace('"parts": 1', '"parts": 7')
    kept.write_text(text)
    assert traits_of(dataset, kept)["a"]["parts"] == 7  # read, not measured
    (folder / "images" / "c.png").unlink()
    changed = load(root=str(folder), name="photos", foreground="auto")
    assert traits_of(changed, kept)["a"]["parts"] == 1
