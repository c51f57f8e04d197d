"""Nearby places, the search tree and the distance transform give the same distances."""

from typing import Any

import cv2
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt

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


@pytest.mark.parametrize("size", [(90, 120), (700, 900)])
def test_threads_do_not_change_a_bit(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenCV's transform is another one with a single thread than with several."""
    monkeypatch.setattr(module, "_SMALL_PX", 1 << 40)
    mask, truth = (
        cv2.resize(m.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0 for m in scene(0)
    )
    before, found = cv2.getNumThreads(), set()
    try:
        for threads in (1, 2, 4):
            cv2.setNumThreads(threads)
            measured = outline_distances(mask, truth)
            found.add(measured.of_mask.tobytes() + measured.of_truth.tobytes())
    finally:
        cv2.setNumThreads(before)
    assert len(found) == 1


@pytest.mark.parametrize("noise", [0.0, 0.5])
@pytest.mark.parametrize("threads", [1, 3])
def test_far_outlines_are_exact(
    noise: float, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenCV's transform is wrong by a pixel in some places, from 885 px on."""
    monkeypatch.setattr(module, "_QUERY_PER_PX", module._QUERY_PER_PX if noise else 1)
    random = np.random.default_rng(0)
    truth = np.zeros((1400, 1100), np.bool_)
    truth[5:30, 7:40] = True
    mask = random.random(truth.shape) < noise
    mask[1200:, 900:] |= random.random((200, 200)) < 0.5
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(threads)
        monkeypatch.setattr(module, "_TRANSFORM_PER_PX", 0)
        found = outline_distances(mask, truth)
    finally:
        cv2.setNumThreads(before)
    exact = distance_transform_edt(~module.outline_pixels(truth))
    assert found.of_mask.max() > 1400
    np.testing.assert_array_equal(found.of_mask, exact[module.outline_pixels(mask)])


def test_empty_masks_have_no_outline() -> None:
    mask, truth = scene(0)
    with pytest.raises(ValueError, match="no outline"):
        outline_distances(mask, np.zeros_like(truth))
    with pytest.raises(ValueError, match="truth is"):
        outline_distances(mask, truth[:-1])
