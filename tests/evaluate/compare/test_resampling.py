"""The bootstrap of the median difference: its law, its groups, and scipy's."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy import special, stats

from evaluate.compare import resampling
from evaluate.compare.resampling import RESAMPLES, SEED, Resampling, middle_places
from evaluate.compare.statistics import Interval, Values


def slow_medians(
    differences: Values, groups: npt.NDArray[np.intp], resamples: int, seed: int
) -> list[float]:
    """Every resample is drawn whole, object by object."""
    members = [np.flatnonzero(groups == group) for group in np.unique(groups)]
    draws = np.random.default_rng(seed).integers(0, len(members), (resamples, len(members)))
    return [float(np.median(differences[np.concatenate([members[g] for g in d])])) for d in draws]


def interval(differences: Values, groups: list[str] | None = None) -> Interval | None:
    (found,) = Resampling(len(differences), groups or ()).median_intervals([differences])
    return found


def test_the_law_of_a_middle_value_is_the_binomial_one() -> None:
    """Of 1,000 sizes. At most place j: k or more of n draws fall on the first j + 1 of n values."""
    rng = np.random.default_rng(0)
    for n in rng.integers(6, 400, 1000).tolist():
        first = np.arange(1, n)  # j + 1
        for k in {(n + 1) // 2, n // 2 + 1}:
            by_beta = special.betainc(k, n - k + 1, first / n)
            by_draws = special.bdtrc(k - 1, n, first / n)
            assert np.abs(by_beta - by_draws).max() < 1e-12


@pytest.mark.parametrize("n", [6, 7, 12, 31, 110])
def test_drawn_places_follow_the_exact_law(n: int) -> None:
    """Both middle places, and how far apart they are, against whole resamples; fixed seeds."""
    resamples = 200_000
    lower, upper = middle_places(n, resamples)
    assert ((lower <= upper) & (upper < n) & (lower >= 0)).all()
    drawn = np.sort(np.random.default_rng(1).integers(0, n, (resamples, n)), axis=1)
    theirs = drawn[:, (n + 1) // 2 - 1], drawn[:, n // 2]
    for k, places in (((n + 1) // 2, lower), (n // 2 + 1, upper)):
        at_most = special.bdtrc(k - 1, n, np.arange(1, n) / n)
        exact = np.diff([0, *at_most, 1]) * resamples
        assert chi_square_p(np.bincount(places, minlength=n), exact) > 0.001
    both = [np.bincount(a * n + b, minlength=n * n) for a, b in ((lower, upper), theirs)]
    frequent = sum(both) >= 20
    p = stats.chi2_contingency([counts[frequent] for counts in both]).pvalue if n % 2 == 0 else 1
    assert p > 0.001


def chi_square_p(counts: npt.NDArray[np.intp], exact: Values) -> float:
    common = exact >= 5
    pooled = [np.append(each[common], each[~common].sum()) for each in (counts, exact)]
    kept = pooled[1] > 0
    return float(stats.chisquare(pooled[0][kept], pooled[1][kept]).pvalue)


def test_medians_of_1000_sets_follow_the_exact_law() -> None:
    """As far as 4,999 draws can tell: the bound fails by chance once in 10⁶ (Massart, 1990)."""
    bound = (np.log(2e6) / 2 / RESAMPLES) ** 0.5
    rng = np.random.default_rng(2)
    for _ in range(1000):
        n = int(rng.integers(6, 400))
        ordered = np.sort(rng.normal(0, 1, n).round(2))  # with ties
        for k, places in zip(((n + 1) // 2, n // 2 + 1), middle_places(n, RESAMPLES), strict=True):
            values = np.unique(ordered)
            below = np.searchsorted(ordered, values, "right")
            exact = special.bdtrc(k - 1, n, below / n)  # k or more of the n draws are at most that
            drawn = np.searchsorted(np.sort(ordered[places]), values, "right") / RESAMPLES
            assert np.abs(drawn - exact).max() < bound


def test_the_bootstrap_interval_agrees_with_scipys() -> None:
    """Both resample at random: the ends may differ as much as between seeds."""
    differences = np.random.default_rng(3).normal(0.02, 0.1, 110)
    ours = interval(differences)
    theirs = stats.bootstrap(
        (differences,), np.median, method="percentile", n_resamples=20000, rng=4
    ).confidence_interval
    assert ours is not None
    assert ours.low == pytest.approx(theirs.low, abs=0.004)
    assert ours.high == pytest.approx(theirs.high, abs=0.004)


def test_groups_are_resampled_together() -> None:
    """Ten equal photos per object give the interval of one; single-photo groups change nothing."""
    objects = np.random.default_rng(5).normal(0.02, 0.1, 20)
    repeated = np.repeat(objects, 10)
    once = interval(objects)
    grouped = interval(repeated, [f"{i}" for i in range(20) for _ in range(10)])
    alone = interval(repeated)
    assert once is not None
    assert grouped is not None
    assert alone is not None
    assert grouped.low == pytest.approx(once.low, abs=0.01)
    assert grouped.high == pytest.approx(once.high, abs=0.01)
    assert alone.high - alone.low < 0.6 * (grouped.high - grouped.low)
    assert interval(objects, [f"{i}" for i in range(20)]) == once


def test_few_objects_give_no_interval() -> None:
    """Not even with many photos: the draws would be too similar, and the interval too narrow."""
    differences = np.random.default_rng(6).normal(0, 0.1, 60)
    groups = [[f"{i % count}" for i in range(60)] for count in (1, 5, 6)]
    found = [interval(differences, names) for names in groups]
    assert [one is not None for one in found] == [False, False, True]


@pytest.mark.parametrize(("photos", "objects"), [(25, 6), (60, 50), (400, 12)])
@pytest.mark.parametrize("cells", [2**24, 4000])
@pytest.mark.parametrize("band", [8, 0])
def test_groups_equal_a_slow_reference(
    photos: int, objects: int, cells: int, band: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many resamples are held at once, and however narrow the band is looked in first."""
    monkeypatch.setattr(resampling, "_CELLS", cells)
    monkeypatch.setattr(resampling, "_BAND", band)
    rng = np.random.default_rng(6)
    groups = rng.permutation(
        np.append(np.arange(objects), rng.integers(0, objects, photos - objects))
    )
    differences = rng.normal(size=photos).round(1)  # with ties
    medians = slow_medians(differences, groups, RESAMPLES, SEED)
    found = interval(differences, [f"{group:02}" for group in groups])
    assert found == Interval(*np.quantile(medians, [0.025, 0.975]))


def test_single_photos_give_an_interval_from_six_on() -> None:
    ordered = np.arange(6.0)
    assert interval(ordered) is not None
    assert interval(ordered[:5]) is None


@pytest.mark.parametrize(
    ("times", "before", "total", "expected"),
    [
        ([1, 1, 1], 0, 3, (1, 1)),
        ([1, 1, 1, 1], 0, 4, (1, 2)),
        ([0, 3, 1], 0, 4, (1, 1)),
        ([2, 0, 2], 0, 4, (0, 2)),
        ([1, 1], 1, 4, (0, 1)),  # one value lies below the first photo, one above the last
        ([1, 1], 2, 5, (0, 0)),
        ([1, 1], 2, 4, None),  # the lower middle value is the last below
        ([1, 1], 0, 5, None),  # the middle value is the first above
        ([1, 1], 0, 4, None),  # so is the upper one
    ],
)
def test_weighted_middles(
    times: list[int], before: int, total: int, expected: tuple[int, int] | None
) -> None:
    found = resampling._weighted_middle(np.array([times]).T, np.array([before]), np.array([total]))
    assert (found and (int(found[0][0]), int(found[1][0]))) == expected
