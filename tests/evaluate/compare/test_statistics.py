"""Statistics compared with scipy and statsmodels, and with their stated coverage."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from evaluate.compare.statistics import (
    RESAMPLES,
    SEED,
    Interval,
    Resampling,
    holm,
    mean_ranks,
    median_interval,
    sign_test,
    wins_ties_losses,
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


def test_the_bootstrap_interval_agrees_with_scipys() -> None:
    """Both resample at random: the ends may differ as much as between seeds."""
    differences = np.random.default_rng(3).normal(0.02, 0.1, 110)
    ours = Resampling([str(i) for i in range(110)]).median_interval(differences)
    theirs = stats.bootstrap(
        (differences,), np.median, method="percentile", n_resamples=20000, rng=4
    ).confidence_interval
    assert ours is not None
    assert ours.low == pytest.approx(theirs.low, abs=0.004)
    assert ours.high == pytest.approx(theirs.high, abs=0.004)


def test_groups_are_resampled_together() -> None:
    """Ten equal photos per object give the interval of one; single-photo groups change nothing."""
    objects = np.random.default_rng(5).normal(0.02, 0.1, 20)
    once = Resampling([f"{i}" for i in range(20)]).median_interval(objects)
    repeated = np.repeat(objects, 10)
    grouped = Resampling([f"{i}" for i in range(20) for _ in range(10)]).median_interval(repeated)
    alone = Resampling([f"{i}" for i in range(200)]).median_interval(repeated)
    assert once is not None
    assert grouped is not None
    assert alone is not None
    assert grouped.low == pytest.approx(once.low, abs=0.01)
    assert grouped.high == pytest.approx(once.high, abs=0.01)
    assert alone.high - alone.low < 0.6 * (grouped.high - grouped.low)


def test_few_objects_give_no_interval() -> None:
    """Not even with many photos: the draws would be too similar, and the interval too narrow."""
    differences = np.random.default_rng(6).normal(0, 0.1, 60)
    groups = [[f"{i % count}" for i in range(60)] for count in (1, 5, 6)]
    found = [Resampling(names).median_interval(differences) for names in groups]
    assert [one is not None for one in found] == [False, False, True]


def test_unequal_groups_equal_a_slow_reference() -> None:
    """The interval is that of the medians of the same draws, each made photo by photo."""
    rng = np.random.default_rng(6)
    groups = rng.integers(0, 6, 25)
    differences = rng.normal(size=25)
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    draws = np.random.default_rng(SEED).integers(0, 6, (RESAMPLES, 6))
    medians = [np.median(differences[np.concatenate([members[g] for g in d])]) for d in draws]
    found = Resampling([str(group) for group in groups]).median_interval(differences)
    assert found == Interval(*np.quantile(medians, [0.025, 0.975]))


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


def test_counts_over_the_margin() -> None:
    differences = np.array([0.92 - 0.90, 0.3, -0.05, 0.0])
    assert wins_ties_losses(differences, [0, 0.02, 0.1]) == [(2, 1, 1), (1, 2, 1), (1, 3, 0)]
