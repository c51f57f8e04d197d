"""The paper metrics equal PySODMetrics 1.6.2, whose values are stored.

``python -m tests.tools.compare_pysodmetrics`` compares whole curves and real masks; it writes them.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.evaluate.metrics.mask_pairs import pairs
from tests.tools.compare_pysodmetrics import ours

STORED = json.loads(Path(__file__).with_name("pysodmetrics_1_6_2.json").read_text(encoding="utf-8"))
# The version before which approxPolyDP gives other vertices, and so other efforts.
SAME_VERTICES = tuple(int(n) for n in cv2.__version__.split(".")[:2]) >= (4, 13)


@pytest.mark.parametrize("name", pairs())
@pytest.mark.parametrize("reading", ["stored", "stretched"])
def test_values_equal_those_of_pysodmetrics(name: str, reading: str) -> None:
    found = ours(pairs()[name], stretched=reading == "stretched")
    for metric, value in STORED[f"{name}, {reading}"].items():
        if metric == "hce" and not SAME_VERTICES:
            continue
        curve, _, how = metric.partition(" ")
        here = getattr(np, how)(found[curve]) if how else found[curve]
        assert here == pytest.approx(value, rel=0, abs=1e-9), metric
