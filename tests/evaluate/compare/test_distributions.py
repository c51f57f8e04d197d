"""Tails of distributions against scipy's and against whole numbers."""

import math

import numpy as np
import pytest
from scipy import special, stats

from evaluate.compare.distributions import chi_square_tail, coin_cdf, normal_range_quantile


@pytest.mark.parametrize("tosses", [0, 1, 7, 300, 301, 302, 999, 4000])
def test_tosses_of_a_coin_equal_whole_numbers(tosses: int) -> None:
    ways = [math.comb(tosses, heads) for heads in range(tosses + 1)]
    middle = tosses // 2
    for heads in {0, 1, 19, 20, middle - 60, middle - 1, middle, middle + 1, tosses - 2, tosses}:
        if 0 <= heads <= tosses:
            exact = sum(ways[: heads + 1]) / 2**tosses
            assert coin_cdf(heads, tosses) == pytest.approx(exact, rel=1e-12, abs=1e-300)
    assert coin_cdf(-1, tosses) == 0
    assert coin_cdf(tosses, tosses) == 1


@pytest.mark.parametrize("tosses", [10_000, 1_000_001])
def test_many_tosses_equal_scipys(tosses: int) -> None:
    for deviations in (-3, -0.001, 0.2, 3, 9, 30):
        heads = int(tosses / 2 - deviations * math.sqrt(tosses) / 2)
        theirs = special.bdtr(heads, tosses, 0.5)
        assert coin_cdf(heads, tosses) == pytest.approx(theirs, rel=1e-8)


def test_chi_squares_tail_equals_scipys() -> None:
    for freedom in (1, 2, 3, 8, 9, 49):
        for value in (0.0, 1e-9, 0.5, freedom, 10.0, 90.0, 1400.0):
            theirs = special.chdtrc(freedom, value)
            assert chi_square_tail(value, freedom) == pytest.approx(theirs, rel=1e-12)


def test_the_range_of_normal_values_equals_scipys() -> None:
    for count in (2, 3, 10):
        theirs = stats.studentized_range.ppf(0.95, count, np.inf)
        assert normal_range_quantile(count, 0.95) == pytest.approx(theirs, rel=1e-9)
