"""All pairs of rows: counts, tests, intervals, and significantly different ranks."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from evaluate.compare.head_to_head import MARGINS, cliques, compare_pairs, ranks
from evaluate.compare.statistics import sign_test

IDS = [f"p{i}" for i in range(110)]


def row(values: np.ndarray) -> dict[str, float]:
    return dict(zip(IDS, values.tolist(), strict=True))


def test_pairs_have_counts_and_corrected_p_values() -> None:
    rng = np.random.default_rng(0)
    base = rng.beta(9, 1, 110)
    rows = {
        name: row(np.clip(base - drop, 0, 1))
        for name, drop in zip("ABCD", (0, 0.01, 0.05, 0.3), strict=True)
    }
    rows["D"] = row(rng.beta(9, 1, 110))
    found = compare_pairs(rows, {}, 0.02)
    assert [(d.first, d.second) for d in found] == [
        ("A", "B"),
        ("A", "C"),
        ("A", "D"),
        ("B", "C"),
        ("B", "D"),
        ("C", "D"),
    ]
    by_pair = {d.first + d.second: d for d in found}
    assert (by_pair["AB"].wins, by_pair["AB"].losses) == (0, 0)
    assert by_pair["AC"].wins > 100
    assert by_pair["AC"].difference == pytest.approx(0.05)
    assert by_pair["AC"].interval is not None
    assert by_pair["AC"].interval.low == pytest.approx(0.05)
    p = [sign_test(d.wins, d.losses) for d in found]
    assert [d.p for d in found] == p
    assert [d.p_holm for d in found] == pytest.approx(multipletests(p, method="holm")[1])
    assert by_pair["AB"].curve[MARGINS.index(0.005)][0] > 100
    assert all(sum(counts) == 110 for d in found for counts in d.curve)


def test_photos_of_one_object_are_resampled_together() -> None:
    rng = np.random.default_rng(1)
    objects = np.repeat(rng.normal(0.02, 0.1, 11), 10)
    rows = {"A": row(objects), "B": row(np.zeros(110))}
    groups = {id_: f"tool {i // 10}" for i, id_ in enumerate(IDS)}
    (alone,), (together,) = compare_pairs(rows, {}, 0.02), compare_pairs(rows, groups, 0.02)
    assert alone.interval is not None
    assert together.interval is not None
    width = together.interval.high - together.interval.low
    assert width > 1.5 * (alone.interval.high - alone.interval.low)
    assert (alone.wins, alone.difference) == (together.wins, together.difference)


def test_one_row_has_no_pairs_and_no_ranks() -> None:
    assert compare_pairs({"A": {"p": 0.5}}, {}, 0.02) == [] == compare_pairs({}, {}, 0.02)
    assert ranks({"A": {"p": 0.5}}) is None
    assert ranks({}) is None
    found = ranks({"A": {"p": 0.5, "q": 0.6}, "B": {"p": 0.4, "q": 0.7}})
    assert found is not None
    assert found.means == (1.5, 1.5)


def test_bars_join_rows_that_do_not_differ_significantly() -> None:
    assert cliques([1.0, 1.4, 2.0, 3.5], 0.9) == [(0, 1), (1, 2)]
    assert cliques([1.0, 1.4, 2.0, 3.5], 1.2) == [(0, 2)]
    assert cliques([1.0, 3.0], 0.5) == []


def test_the_curve_counts_wins_at_every_margin() -> None:
    beyond = (0.001, 0.006, 0.012, 0.022, 0.035, 0.055, 0.12)  # each just over one margin
    rows = {"A": row(np.pad(beyond, (0, 103))), "B": row(np.zeros(110))}
    (found,) = compare_pairs(rows, {}, 0.02)
    assert MARGINS == (0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)
    assert found.curve == tuple((7 - i, 103 + i, 0) for i in range(7))
