"""The search tree and the distance transform give the same distances."""

import cv2
import numpy as np
import pytest

from datasets.arrays import Mask
from evaluate.metrics import outline_distances as module
from evaluate.metrics.outline_distances import outline_distances


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
def test_both_ways_agree(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    mask, truth = scene(seed)
    by_tree = outline_distances(mask, truth)
    monkeypatch.setattr(module, "_SMALL_PX", 1 << 40)
    by_transform = outline_distances(mask, truth)
    for name in ("of_mask", "of_truth"):
        exact = getattr(by_tree, name)
        assert exact.max() > 40
        np.testing.assert_allclose(getattr(by_transform, name), exact, rtol=1e-6)
        assert not np.array_equal(getattr(by_transform, name), exact)  # it was another way
    np.testing.assert_array_equal(by_tree.mask_inside, by_transform.mask_inside)
    np.testing.assert_array_equal(by_tree.truth_inside, by_transform.truth_inside)


def test_empty_masks_have_no_outline() -> None:
    mask, truth = scene(0)
    with pytest.raises(ValueError, match="no outline"):
        outline_distances(mask, np.zeros_like(truth))
    with pytest.raises(ValueError, match="truth is"):
        outline_distances(mask, truth[:-1])
