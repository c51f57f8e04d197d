"""Matting errors against their definition, and against MMagic 1.2.0.

``python -m tests.tools.compare_mmagic`` writes MMagic's values and compares real alphas.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from evaluate.metrics.paper.matting import matting_differences, unknown_region
from tests.evaluate.metrics.mask_pairs import drawn_truth, pairs, soft
from tests.evaluate.metrics.matting_pairs import matting_pairs
from tests.second_opinion.mattes import matting
from tests.tools.compare_mmagic import REGIONS, ours, prepared

TRUTH = soft(drawn_truth(90, 120), 2)
PREDICTIONS = {n: a for n, (a, _) in pairs().items() if a.shape == (90, 120)}
STORED = json.loads(Path(__file__).with_name("mmagic_1_2_0.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", PREDICTIONS)
def test_they_are_what_the_paper_says(name: str) -> None:
    alpha, unknown = PREDICTIONS[name], unknown_region(TRUTH)
    assert 0 < unknown.mean() < 1
    expected = matting(alpha, TRUTH, {"unknown": unknown, "whole": np.ones_like(unknown)})
    for which, region in (("unknown", unknown), ("whole", None)):
        found = vars(matting_differences(alpha, TRUTH).over(region))
        assert {n: found[n] for n in expected[which]} == pytest.approx(expected[which], rel=1e-9)


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
