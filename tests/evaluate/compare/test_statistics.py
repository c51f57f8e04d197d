"""Statistics compared with scipy and statsmodels, and with their stated coverage."""

import statistics

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from evaluate.compare.statistics import (
    TIE_SLACK,
    Interval,
    exact_mean,
    holm,
    mean_ranks,
    median,
    median_interval,
    median_with_interval,
    outcome_signs,
    quantiles_of_sorted,
    sign_test,
    wins_and_losses,
    wins_ties_losses_of_sorted,
)


def test_the_interval_of_the_median_has_the_known_ranks() -> None:
    """Tabulated: n = 6, 10, 20, 110 give ranks 1-6, 2-9, 6-15, 45-66."""
    for n, low, high in ((6, 1, 6), (10, 2, 9), (20, 6, 15), (110, 45, 66)):
        assert median_interval(list(range(1, n + 1))) == Interval(low, high)
    assert median_interval([0.5] * 5) is None


@pytest.mark.parametrize("n", [6, 7, 25, 48, 110, 501])
def test_the_interval_equals_scipys_quantile_test(n: int) -> None:
    values = np.random.default_rng(n).random(n)
    theirs = stats.quantile_test(values).confidence_interval(0.95)
    ours = median_interval(list(values))
    assert ours is not None
    # scipy's two-sided interval is this one, or one rank wider on a side
    ordered = np.sort(values)
    rank = [
        int(np.searchsorted(ordered, v)) for v in (ours.low, theirs.low, ours.high, theirs.high)
    ]
    assert 0 <= rank[0] - rank[1] <= 1
    assert 0 <= rank[3] - rank[2] <= 1


def test_the_interval_covers_the_median_as_often_as_stated() -> None:
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(2000):
        interval = median_interval(list(rng.beta(8, 1, 30)))
        assert interval is not None
        hits += interval.low <= stats.beta.median(8, 1) <= interval.high
    assert hits / 2000 >= 0.94


def test_the_sign_test_equals_scipys() -> None:
    for wins, losses in ((31, 7), (5, 5), (1, 0), (0, 2000), (1050, 950)):
        theirs = stats.binomtest(wins, wins + losses).pvalue
        assert sign_test(wins, losses) == pytest.approx(theirs, rel=1e-9)
        assert sign_test(losses, wins) == sign_test(wins, losses)
    assert sign_test(0, 0) == 1


def test_holm_equals_statsmodels() -> None:
    rng = np.random.default_rng(2)
    for n in (1, 2, 10, 45):
        p = list(rng.random(n) ** 3)
        assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert holm([]) == []


def test_ranks_equal_friedmans_and_nemenyis() -> None:
    ious = np.round(np.random.default_rng(7).random((4, 30)), 1)
    ious[0] += 0.3
    found = mean_ranks(ious)
    assert found.friedman_p == pytest.approx(stats.friedmanchisquare(*ious).pvalue)
    assert found.means == pytest.approx(stats.rankdata(-ious, axis=0).mean(axis=1))
    assert sum(found.means) == pytest.approx(4 * 5 / 2)
    # Demšar's table 5: q is 2.569 for four classifiers
    assert found.critical_difference == pytest.approx(2.569 * (4 * 5 / (6 * 30)) ** 0.5, rel=1e-3)
    for rows in (2, 3, 10, 40):
        q = stats.studentized_range.ppf(0.95, rows, np.inf)
        distance = mean_ranks(np.random.default_rng(8).random((rows, 6))).critical_difference
        assert distance == pytest.approx(q / 2**0.5 * (rows * (rows + 1) / 36) ** 0.5, rel=1e-7)
    alike = mean_ranks(np.full((2, 5), 0.9))
    assert (alike.means, alike.friedman_p) == ((1.5, 1.5), 1.0)
    assert mean_ranks(np.array([[0.91, 0.5, 0.5], [0.90, 0.9, 0.5]])).means == (1.5, 1.5)


def test_short_cuts_equal_the_library_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also over several blocks, with ties, and with values far below the others."""
    rng = np.random.default_rng(5)
    monkeypatch.setattr("evaluate.compare.statistics._BLOCK", 64)
    for n in (1, 2, 3, 7, 64, 1000):
        for ious in (rng.random(n), rng.random(n) ** 40, rng.integers(0, 4, n) / 3):
            assert exact_mean(ious) == statistics.fmean(ious.tolist())
            shares = [0, 0.1, 1 / 3, 2 / 3, 0.99, 1]
            assert quantiles_of_sorted(np.sort(ious), shares) == np.quantile(ious, shares).tolist()
            interval = median_interval(ious)
            assert median_with_interval(ious) == (np.median(ious), interval)
            assert median(ious) == np.median(ious)
    table = rng.integers(0, 9, (5, 1000)) / 8
    assert mean_ranks(table).means == tuple(stats.rankdata(-table, axis=0).mean(axis=1))
    assert mean_ranks(table).friedman_p == pytest.approx(stats.friedmanchisquare(*table).pvalue)


def test_counts_over_the_margin() -> None:
    ordered = np.sort([0.92 - 0.90, 0.3, -0.05, 0.0])
    counts = wins_ties_losses_of_sorted(ordered, [0, 0.02, 0.1])
    assert counts == [(2, 1, 1), (1, 2, 1), (1, 3, 0)]


def test_a_difference_of_the_margin_and_its_slack_is_a_tie() -> None:
    edge = 0.02 + TIE_SLACK
    beyond = np.nextafter(edge, 1)
    for differences, counts in (
        ([edge, -edge], (0, 0)),
        ([beyond, beyond, -beyond], (2, 1)),
        ([0.92 - 0.90, 0.90 - 0.92], (0, 0)),
    ):
        assert wins_and_losses(np.array(differences), 0.02) == counts
        (listed,) = wins_ties_losses_of_sorted(np.sort(differences), [0.02])
        assert (listed[0], listed[2]) == counts
        signs = outcome_signs(np.array(differences), 0.02).tolist()
        assert (signs.count(1), signs.count(-1)) == counts
