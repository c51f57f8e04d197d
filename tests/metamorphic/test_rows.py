"""What a change of photos, rows and names must do to a comparison: nothing, or something known."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluate.compare.head_to_head import compare_pairs, ranks
from evaluate.compare.slices import slices_of
from evaluate.compare.statistics import holm, median_interval, sign_test
from tests.metamorphic.examples import EXAMPLES

IOUS = st.sampled_from([0.0, 0.5, 0.695, 0.7, 0.71, 0.9, 0.905, 1.0])
Rows = dict[str, dict[str, float]]


@st.composite
def tables(draw: st.DrawFn) -> Rows:
    """Two to four rows over 2 to 12 photos."""
    photos = draw(st.integers(2, 12))
    labels = "abcd"[: draw(st.integers(2, 4))]
    return {
        label: {f"p{n}": draw(IOUS) for n in range(photos)} for label in labels
    }  # fmt: skip


def shuffled(rows: Rows, seed: int) -> Rows:
    order = np.random.default_rng(seed).permutation(list(next(iter(rows.values()))))
    return {label: {str(i): ious[str(i)] for i in order} for label, ious in rows.items()}


@EXAMPLES
@given(rows=tables(), seed=st.integers(0, 99))
def test_the_order_of_photos_and_their_names_change_nothing(rows: Rows, seed: int) -> None:
    expected = compare_pairs(rows, {}, 0.01)
    assert compare_pairs(shuffled(rows, seed), {}, 0.01) == expected
    renamed = {label: {f"x{i[::-1]}": v for i, v in own.items()} for label, own in rows.items()}
    assert compare_pairs(renamed, {}, 0.01) == expected
    assert ranks(shuffled(rows, seed)) == ranks(rows)


@EXAMPLES
@given(rows=tables())
def test_names_of_rows_change_names_only(rows: Rows) -> None:
    names = {label: f"row {label}" for label in rows}
    found = compare_pairs({names[label]: own for label, own in rows.items()}, {}, 0.01)
    for one, expected in zip(found, compare_pairs(rows, {}, 0.01), strict=True):
        plain = {**vars(one), "first": one.first[-1], "second": one.second[-1]}
        assert plain == vars(expected)


@EXAMPLES
@given(rows=tables())
def test_the_other_side_of_a_pair_sees_the_opposite(rows: Rows) -> None:
    """The order of rows decides which of two is first, and nothing else."""
    forth = {(one.first, one.second): one for one in compare_pairs(rows, {}, 0.01)}
    back = compare_pairs(dict(reversed(rows.items())), {}, 0.01)
    for one in back:
        other = forth[one.second, one.first]
        assert (one.wins, one.ties, one.losses) == (other.losses, other.ties, other.wins)
        assert one.difference == pytest.approx(-other.difference)
        assert (one.p, one.p_holm) == pytest.approx((other.p, other.p_holm))
        assert [c[::-1] for c in one.curve] == list(other.curve)
    first, second = ranks(rows), ranks(dict(reversed(rows.items())))
    assert first is not None
    assert second is not None
    assert first.means == pytest.approx(second.means[::-1])
    assert first.friedman_p == pytest.approx(second.friedman_p)


@EXAMPLES
@given(rows=tables())
def test_a_copy_of_a_row_ties_with_it(rows: Rows) -> None:
    copied = {**rows, "copy": rows["a"]}
    found = {(one.first, one.second): one for one in compare_pairs(copied, {}, 0.0)}
    tie = found["a", "copy"]
    assert (tie.wins, tie.losses, tie.difference, tie.p) == (0, 0, 0, 1)
    for one in compare_pairs(rows, {}, 0.0):
        again = found[one.first, one.second]
        assert (again.wins, again.losses, again.p) == (one.wins, one.losses, one.p)
        assert again.p_holm >= one.p_holm  # of more pairs
    before, after = ranks(rows), ranks(copied)
    assert before is not None
    assert after is not None
    assert after.means[0] == after.means[-1]
    assert all(
        one <= two <= one + 1 for one, two in zip(before.means, after.means[:-1], strict=True)
    )


@EXAMPLES
@given(rows=tables())
def test_a_photo_on_which_all_are_equal_decides_nothing(rows: Rows) -> None:
    more = {label: {**ious, "tie": 0.8} for label, ious in rows.items()}
    for one, same in zip(
        compare_pairs(rows, {}, 0.01), compare_pairs(more, {}, 0.01), strict=True
    ):  # fmt: skip
        assert (same.wins, same.losses, same.p, same.p_holm) == (
            one.wins, one.losses, one.p, one.p_holm,
        )  # fmt: skip
        assert same.ties == one.ties + 1


@EXAMPLES
@given(rows=tables())
def test_every_photo_twice_doubles_the_counts(rows: Rows) -> None:
    twice = {
        label: {f"{i}{copy}": v for copy in "xy" for i, v in own.items()}
        for label, own in rows.items()
    }
    for one, two in zip(
        compare_pairs(rows, {}, 0.01), compare_pairs(twice, {}, 0.01), strict=True
    ):  # fmt: skip
        assert (two.wins, two.losses) == (2 * one.wins, 2 * one.losses)
        assert two.difference == pytest.approx(one.difference)
        assert two.p <= one.p + 1e-12 or one.wins == one.losses
    first, second = ranks(rows), ranks(twice)
    assert first is not None
    assert second is not None
    assert first.means == pytest.approx(second.means)


@EXAMPLES
@given(values=st.lists(IOUS, min_size=1, max_size=30), seed=st.integers(0, 99))
def test_intervals_turn_with_the_values(values: list[float], seed: int) -> None:
    order = np.random.default_rng(seed).permutation(values)
    assert median_interval(order) == median_interval(values)
    mirrored, own = median_interval([1 - v for v in values]), median_interval(values)
    if own is not None and mirrored is not None:
        assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((own.low, own.high))


@EXAMPLES
@given(
    wins=st.integers(0, 40), losses=st.integers(0, 40),
    ps=st.lists(st.floats(0, 1), min_size=1, max_size=8), seed=st.integers(0, 99),
)  # fmt: skip
def test_tests_have_no_sides_and_no_order(
    wins: int, losses: int, ps: list[float], seed: int
) -> None:
    assert sign_test(wins, losses) == sign_test(losses, wins)
    order = np.random.default_rng(seed).permutation(len(ps))
    expected = holm(ps)
    assert holm([ps[i] for i in order]) == [expected[i] for i in order]
    assert all(adjusted >= p for adjusted, p in zip(expected, ps, strict=True))


@EXAMPLES
@given(st.lists(st.sampled_from(["x", "y", "1.5", "2"]), min_size=6, max_size=20))
def test_slices_do_not_hang_on_names_or_order(tags: list[str]) -> None:
    def sizes(known: dict[str, dict[str, Any]]) -> list[tuple[str, int]]:
        return [(one.name, len(one.ids)) for one in slices_of(known)]

    known: dict[str, dict[str, Any]] = {f"p{n}": {"tag": tag} for n, tag in enumerate(tags)}
    expected = sizes(known)
    assert sizes(dict(reversed(known.items()))) == expected
    assert sizes({f"x{i[::-1]}": one for i, one in known.items()}) == expected
