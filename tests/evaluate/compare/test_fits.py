"""The share of tools that fit at a clearance, with its exact interval."""

import numpy as np
import pytest
from scipy import stats

from evaluate.compare.distributions import beta_quantile
from evaluate.compare.rows.fits import fits_of


@pytest.mark.parametrize("n", [1, 2, 5, 48, 110, 1000, 100_000])
def test_beta_quantiles_equal_scipys(n: int) -> None:
    for k in {0, 1, n // 3, n // 2, n - 1} & {*range(n)}:
        for probability in (0.025, 0.975):
            expected = stats.beta.ppf(probability, k + 1, n - k)
            assert beta_quantile(probability, k + 1, n - k) == pytest.approx(expected, rel=1e-8)


def test_shares_are_counted_up_to_the_clearance_itself() -> None:
    found = fits_of(np.array([2.0, 0.0, np.nan, 1.0, 4.0]), np.array([0.1, 0.1, 0.1, 0.3, 0.1]))
    assert found is not None
    assert (found.unit, found.needed.tolist()) == ("mm", pytest.approx([0, 0.2, 0.3, 0.4]))
    at = found.at(0.3)
    assert (at.fitting, at.photos, at.share) == (3, 4, 0.75)
    exact = stats.binomtest(3, 4).proportion_ci(0.95, "exact")
    assert (at.interval.low, at.interval.high) == pytest.approx((exact.low, exact.high))
    assert found.at(9).interval.high == 1
    assert found.px(0.3) == pytest.approx(3)  # at the median scale


def test_photos_without_a_tool_are_none() -> None:
    assert fits_of(np.array([np.nan]), None) is None
    found = fits_of(np.array([np.nan, 3.0]), None)
    assert found is not None
    assert (found.unit, found.at(3).photos, found.px(3)) == ("px", 1, 3)


def test_none_and_all_that_fit_have_an_open_end() -> None:
    found = fits_of(np.array([1.0, 2.0, 3.0, 4.0, 5.0]), None)
    assert found is not None
    for fitting, clearance in ((0, 0.5), (5, 5)):
        exact = stats.binomtest(fitting, 5).proportion_ci(0.95, "exact")
        at = found.at(clearance)
        assert at.fitting == fitting
        assert (at.interval.low, at.interval.high) == pytest.approx((exact.low, exact.high))
