"""The weighted F-measure against a slow reference with scipy's distance transform."""

import numpy as np
import pytest
from scipy.ndimage import convolve, distance_transform_edt

from datasets.arrays import Alpha, Mask
from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.weighted_f import truth_field, weighted_f
from tests.evaluate.metrics.mask_pairs import drawn_truth, pairs, soft

EVERY = pairs()


def slow(alpha: Alpha, truth: Mask) -> float:
    if not truth.any():
        return 0.0
    error = np.abs(alpha / 255 - truth)
    distance, nearest = distance_transform_edt(~truth, return_indices=True)
    axis = np.arange(-3, 4)
    kernel = np.exp(-(axis[:, None] ** 2 + axis**2) / 50)
    smooth = convolve(error[tuple(nearest)], kernel / kernel.sum(), mode="constant")
    error = np.where(truth, np.minimum(error, smooth), error)
    error = error * np.where(truth, 1, 2 - 0.5 ** (distance / 5))
    right, recall = truth.sum() - error[truth].sum(), 1 - error[truth].mean()
    precision = right / (right + error[~truth].sum() + np.spacing(1))
    return float(2 * recall * precision / (recall + precision + np.spacing(1)))


@pytest.mark.parametrize("name", EVERY)
def test_it_is_what_the_formula_says(name: str) -> None:
    alpha, truth = EVERY[name]
    counts = level_counts(alpha, truth)
    found = weighted_f(alpha, counts, truth_field(truth), stretched=False)
    assert found == pytest.approx(slow(alpha, truth), abs=1e-12)


def test_planes_of_several_tiles_and_far_errors() -> None:
    truth = np.zeros((700, 900), bool)
    truth[220:350, 230:400] = drawn_truth(130, 170)  # more than 200 px from the border
    alpha = np.maximum(soft(truth, 3, 4), 9)
    alpha[600:, 800:] = 200
    alpha[:30, :30] = 200
    found = weighted_f(alpha, level_counts(alpha, truth), truth_field(truth), stretched=False)
    assert found == pytest.approx(slow(alpha, truth), abs=1e-12)
