"""A sample of ``make second-opinion``, and that it would notice a wrong metric."""

import pytest

from evaluate.metrics.paper import outlines
from tests.second_opinion.__main__ import compare_pairs


def test_metrics_equal_their_definitions() -> None:
    found = compare_pairs(1, range(120))
    assert not found.different
    assert found.values > 120 * 60


def test_a_wrong_metric_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines.OutlineFit, "assd_px", property(lambda fit: fit.hd95_px))
    assert compare_pairs(1, range(10)).different.keys() == {"assd"}
