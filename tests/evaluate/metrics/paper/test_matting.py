"""Matting errors against a slow reference written from the paper, and against MMagic 1.2.0.

``python -m tests.tools.compare_mmagic`` writes MMagic's values and compares real alphas.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import correlate, label

from datasets.arrays import Alpha, Mask
from evaluate.metrics.paper.matting import matting_differences, unknown_region
from tests.evaluate.metrics.mask_pairs import drawn_truth, pairs, soft
from tests.evaluate.metrics.matting_pairs import matting_pairs
from tests.tools.compare_mmagic import REGIONS, ours, prepared

TRUTH = soft(drawn_truth(90, 120), 2)
PREDICTIONS = {n: a for n, (a, _) in pairs().items() if a.shape == (90, 120)}
STORED = json.loads(Path(__file__).with_name("mmagic_1_2_0.json").read_text(encoding="utf-8"))


def slow(alpha: Alpha, truth: Alpha, where: Mask) -> list[float]:
    a, t = alpha / 255, truth / 255
    x = np.arange(-4, 5)
    gauss = np.exp(-(x**2) / (2 * 1.4**2)) / (1.4 * np.sqrt(2 * np.pi))
    kernel = np.outer(gauss, x * gauss)
    kernel /= np.sqrt((kernel**2).sum())

    def steep(plane: Any) -> Any:
        return np.hypot(*(correlate(plane, k, mode="nearest") for k in (kernel, kernel.T)))

    reached = np.zeros(a.shape)
    open_ = np.ones(a.shape, bool)
    for k in range(1, 11):
        regions, count = label(
            (10 * alpha.astype(int) >= 255 * k) & (10 * truth.astype(int) >= 255 * k)
        )
        largest = 1 + int(np.argmax(np.bincount(regions.ravel())[1:])) if count else -1
        open_ &= regions == largest
        reached[open_] = k / 10

    def phi(plane: Any) -> Any:
        distance = plane - reached
        return 1 - np.where(distance >= 0.15, distance, 0)

    return [
        np.abs(a - t)[where].sum() / 1000,
        ((a - t)[where] ** 2).mean(),
        ((steep(a) - steep(t))[where] ** 2).sum() / 1000,
        np.abs(phi(a) - phi(t))[where].sum() / 1000,
    ]


@pytest.mark.parametrize("name", PREDICTIONS)
def test_they_are_what_the_paper_says(name: str) -> None:
    alpha, unknown = PREDICTIONS[name], unknown_region(TRUTH)
    assert 0 < unknown.mean() < 1
    for region, where in ((unknown, unknown), (None, np.ones_like(unknown))):
        found = matting_differences(alpha, TRUTH).over(region)
        values = [found.sad, found.mse, found.gradient, found.connectivity]
        assert values == pytest.approx(slow(alpha, TRUTH, where), rel=1e-9)


def test_the_region_belongs_to_the_name() -> None:
    whole = matting_differences(TRUTH, TRUTH).over(None).named()
    assert whole == {f"{n}_whole": 0 for n in ("sad", "mse", "gradient", "connectivity")}
    nowhere = matting_differences(TRUTH, TRUTH).over(np.zeros(TRUTH.shape, bool)).named()
    assert nowhere == {f"{n}_unknown": 0 for n in ("sad", "mse", "gradient", "connectivity")}


@pytest.mark.parametrize("name", matting_pairs())
@pytest.mark.parametrize("region", REGIONS)
def test_errors_equal_those_of_mmagic(name: str, region: str) -> None:
    stored = STORED[f"{name}, {region}"]
    for metric, value in ours(*prepared(matting_pairs()[name], region)).items():
        assert value == pytest.approx(stored[metric], rel=0, abs=1e-9), metric
