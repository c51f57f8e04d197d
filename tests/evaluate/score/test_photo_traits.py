"""The measures that slices are cut by."""

from pathlib import Path

import cv2
import numpy as np
import pytest

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
