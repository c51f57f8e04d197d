"""Bradley–Terry strengths against known solutions, and exact intervals of shares."""

import math

import numpy as np
import pytest
from scipy import special, stats
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from evaluate.votes.share import VoteShare
from evaluate.votes.strength import (
    RESAMPLED,
    expected_share,
    fit_strengths,
    percentile_interval,
    resampled_strengths,
    win_chance,
)

NO_PRIOR = 1e-9


def drawn(strengths: list[float], games: int, seed: int = 0) -> np.ndarray:
    """Wins of every pair after so many games each."""
    rng = np.random.default_rng(seed)
    chance = win_chance(np.array(strengths))
    wins = np.zeros((len(strengths), len(strengths)))
    for i, j in zip(*np.triu_indices(len(strengths), 1), strict=True):
        wins[i, j] = rng.binomial(games, chance[i, j])
        wins[j, i] = games - wins[i, j]
    return wins


def test_two_contenders_have_the_closed_form() -> None:
    # 12 wins, 5 losses and 4 equal choices, each half a win.
    first, second = fit_strengths(np.array([[0, 14], [7, 0]], float), NO_PRIOR)
    assert first - second == pytest.approx(math.log(14 / 7))
    assert first + second == pytest.approx(0)


def test_strengths_equal_a_logistic_regression() -> None:
    wins = drawn([1.0, 0.4, 0.0, -0.5, -2.0], 40)
    pairs = list(zip(*np.triu_indices(5, 1), strict=True))
    design = np.zeros((len(pairs), 5))
    for line, (i, j) in enumerate(pairs):
        design[line, i], design[line, j] = 1, -1
    counts = np.array([[wins[i, j], wins[j, i]] for i, j in pairs])
    fitted = GLM(counts, design[:, :-1], Binomial()).fit().params  # the last one is 0
    expected = np.append(fitted, 0.0)
    np.testing.assert_allclose(fit_strengths(wins, NO_PRIOR), expected - expected.mean(), atol=1e-6)


def test_strengths_of_many_votes_are_those_that_drew_them() -> None:
    true = np.array([1.5, 0.5, 0.0, -0.5, -1.5])
    np.testing.assert_allclose(fit_strengths(drawn([*true], 20000)), true, atol=0.05)


def test_one_that_always_wins_is_finite_and_separate_groups_are_joined() -> None:
    wins = np.zeros((4, 4))
    wins[0, 1], wins[2, 3] = 50, 3
    strengths = fit_strengths(wins)
    assert np.isfinite(strengths).all()
    assert strengths[0] > strengths[2] > strengths[3] > strengths[1]
    assert fit_strengths(np.zeros((3, 3))).tolist() == [0, 0, 0]


def test_expected_shares_average_to_one_half() -> None:
    shares = expected_share(np.array([[2.0, 0.3, -1.0], [0, 0, 0]]))
    np.testing.assert_allclose(shares.mean(-1), 0.5)
    assert shares[0, 0] == pytest.approx((special.expit(1.7) + special.expit(3.0)) / 2)


def test_intervals_cover_the_truth_and_groups_widen_them() -> None:
    rng = np.random.default_rng(1)
    by_photo = np.zeros((60, 2, 2))
    better = rng.random(60) < 0.7
    by_photo[better, 0, 1] = by_photo[~better, 1, 0] = 1
    alone = resampled_strengths(by_photo, range(60))
    assert alone is not None
    assert alone.shape == (RESAMPLED, 2)
    narrow = percentile_interval(expected_share(alone)[:, 0])
    assert narrow.low < 0.7 < narrow.high
    by_group = resampled_strengths(np.repeat(by_photo[:20], 3, axis=0), [i // 3 for i in range(60)])
    assert by_group is not None
    wide = percentile_interval(expected_share(by_group)[:, 0])
    assert wide.high - wide.low > narrow.high - narrow.low
    assert resampled_strengths(by_photo[:5], range(5)) is None


@pytest.mark.parametrize(("count", "total"), [(0, 7), (3, 7), (7, 7), (31, 120)])
def test_intervals_of_shares_are_exact(count: int, total: int) -> None:
    interval = VoteShare(count, total).interval
    expected = stats.binomtest(count, total).proportion_ci(0.95, "exact")
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert VoteShare(0, 0).interval is None
