"""Nearby places, the search tree and the distance transform give the same distances."""

from typing import Any

import cv2
import numpy as np
import pytest

from datasets.arrays import Mask
from evaluate.metrics import outline_distances as module
from evaluate.metrics.outline_distances import outline_distances, outline_pixels


def scene(seed: int) -> tuple[Mask, Mask]:
    """An ellipse, and a mask that misses its half, adds a sheet's corner and has specks."""
    rng = np.random.default_rng(seed)
    truth = np.zeros((700, 900), np.uint8)
    cv2.ellipse(truth, (400, 350), (300, 90), int(rng.integers(180)), 0, 360, 1, -1)
    mask = truth.copy()
    mask[:, 450:] = 0
    mask[:200, :250] = 1
    mask |= (rng.random(mask.shape) < 1e-4).astype(np.uint8)
    return mask.astype(bool), truth.astype(bool)


@pytest.mark.parametrize("seed", [0, 1])
def test_all_ways_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    mask, truth = scene(seed)
    by_tree = outline_distances(mask, truth)
    transforms = list[object]()
    transform = cv2.distanceTransform

    def counted(*given: Any) -> Any:
        transforms.append(given)
        return transform(*given)

    monkeypatch.setattr(cv2, "distanceTransform", counted)
    monkeypatch.setattr(module, "_SMALL_PX", 1 << 40)
    by_transform = outline_distances(mask, truth)
    assert len(transforms) == 2
    monkeypatch.setattr(module, "_RINGS", {})  # looks at no place nearby
    without_places = outline_distances(mask, truth)
    assert by_tree.of_mask.max() > 40
    for name, exact in vars(by_tree).items():
        np.testing.assert_array_equal(getattr(by_transform, name), exact)
        np.testing.assert_array_equal(getattr(without_places, name), exact)


def test_nearby_pixels_are_found_up_to_the_photos_border() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        mask, truth = rng.random((2, *rng.integers(1, 30, 2))) < rng.random() + 0.05
        mask[0, 0] = truth[-1, -1] = True
        ours, theirs = (np.argwhere(outline_pixels(m)) for m in (mask, truth))
        apart = np.sqrt(((ours[:, None] - theirs[None]) ** 2).sum(axis=2))
        found = outline_distances(mask, truth)
        np.testing.assert_array_equal(found.of_mask, apart.min(axis=1))
        np.testing.assert_array_equal(found.of_truth, apart.min(axis=0))


def test_empty_masks_have_no_outline() -> None:
    mask, truth = scene(0)
    with pytest.raises(ValueError, match="no outline"):
        outline_distances(mask, np.zeros_like(truth))
    with pytest.raises(ValueError, match="truth is"):
        outline_distances(mask, truth[:-1])
