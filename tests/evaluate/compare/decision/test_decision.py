"""The decision: its power against scipy's test, its lines, and the family that it is over."""

import json
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from evaluate.compare.analysis import Analysis, analyse
from evaluate.compare.decision import photos_needed as photos_needed_module
from evaluate.compare.decision.photos_needed import POWER, critical_losses, photos_needed
from evaluate.compare.rows.row import Times
from evaluate.report.decision.first_lines import first_lines, short_name
from tests.support.commands import Command
from tests.support.comparisons import compared, photos, row


def test_critical_losses_are_those_of_the_sign_test() -> None:
    for decided, level in ((0, 0.05), (5, 0.05), (6, 0.05), (40, 0.01), (299, 0.05), (2000, 0.01)):
        found = int(critical_losses(np.array([decided]), level)[0])
        ps = 2 * binom.cdf(np.arange(decided // 2 + 1), decided, 0.5)
        assert found == np.count_nonzero(ps < level) - 1


def power(wins: float, losses: float, photos_: int) -> float:
    """The share of samples whose sign test is significant, one sample after the other."""
    rng = np.random.default_rng(5)
    shares = [wins, losses, 1 - wins - losses]
    found = 0
    for _ in range(400):
        w, lost, _ = rng.multinomial(photos_, shares)
        found += w + lost > 0 and binomtest(int(w), int(w + lost)).pvalue < 0.05
    return found / 400


def test_so_many_photos_have_the_power() -> None:
    differences = np.array([0.1] * 16 + [-0.1] * 8 + [0.0] * 24)
    needed = photos_needed(differences, np.arange(48), 0.02, 0.05)
    assert needed.photos is not None
    total = 48 + needed.photos
    assert power(1 / 3, 1 / 6, total) == pytest.approx(POWER, abs=0.06)
    assert power(1 / 3, 1 / 6, round(0.7 * total)) < POWER - 0.05
    assert needed.low is not None
    assert needed.low < needed.photos
    assert needed.high is None or needed.high > needed.photos
    # With pairs of photos alike, each object counts twice, in wins and in photos.
    twice = photos_needed(differences.repeat(2), np.arange(48).repeat(2), 0.02, 0.05)
    assert twice.photos is not None
    assert twice.photos > needed.photos / 2
    drawn = photos_needed(np.array([0.1, -0.1] * 12), np.arange(24), 0.02, 0.05)
    assert drawn.photos is None


def test_objects_are_counted_by_wins_losses_and_photos() -> None:
    differences = np.array([0.1, 0.1, -0.1, 0, 0, 0, 0.1, -0.1, 0.1, 0, 0, 0])
    objects = np.array([0, 0, 0, 1, 1, 1, 2, 3, 4, 5, 5, 5])
    kinds, counts = photos_needed_module._categories(differences, objects, 0.02)
    found = dict(zip(map(tuple, kinds.tolist()), counts.tolist(), strict=True))
    assert found == {(2, 1, 3): 1, (0, 0, 3): 2, (1, 0, 1): 2, (0, 1, 1): 1}
    at_the_margin = np.array([0.92 - 0.9, 0.9 - 0.92])  # in binary a little more than 0.02
    kinds, _ = photos_needed_module._categories(at_the_margin, np.arange(2), 0.02)
    assert kinds.tolist() == [[0, 0, 1]]


def test_power_is_the_share_of_significant_resamples() -> None:
    rng, all_of_it = np.random.default_rng(0), np.array([1.0])
    for kind in ([1, 0, 1], [0, 1, 1]):
        search = photos_needed_module._Search(np.array([kind]), 6, 0.05)
        assert [search._has_power(count, all_of_it, rng) for count in (5, 6)] == [False, True]
    even = photos_needed_module._Search(np.array([[1, 1, 2]]), 6, 0.05)
    assert not even._has_power(500, all_of_it, rng)


def test_the_interval_leaves_out_five_of_200_searches_at_each_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = count()
    monkeypatch.setattr(
        photos_needed_module._Search, "more", lambda self, *_: self.objects + next(counted)
    )
    differences = np.array([0.1] * 30 + [-0.1] * 18)
    needed = photos_needed(differences, np.arange(48), 0.02, 0.05)
    assert (needed.photos, needed.low, needed.high) == (48, 48 + 6, 48 + 195)


class From(photos_needed_module._Search):
    """A search among objects of one photo, with the power from ``enough`` objects on."""

    enough = 0

    def _has_power(self, objects: int, *_: object) -> bool:
        return objects >= self.enough


def test_the_least_size_with_the_power_is_found() -> None:
    search = From(np.array([[1, 0, 1]]), 20, 0.05)
    sizes = search._sizes(1.0)
    assert (sizes[:4], sizes[-1]) == ([20, 21, 22, 23], 10_020)
    for least in [*range(21, 40), 200, 5000, sizes[-2], sizes[-1]]:
        search.enough = least
        found = search.more(np.array([1.0]), np.random.default_rng(0))
        assert found == min(size for size in sizes if size >= least) - 20
    search.enough = sizes[-1] + 1
    assert search.more(np.array([1.0]), np.random.default_rng(0)) is None


def four_rows() -> Analysis:
    """Rows A to D on 24 photos: B close to A and four times faster, C worse, D a little worse."""
    rng = np.random.default_rng(0)
    base = rng.uniform(0.85, 0.95, 24)
    near = base - np.where(np.arange(24) < 8, 0.04, np.where(np.arange(24) < 13, -0.04, 0.001))
    d = base - np.where(np.arange(24) < 9, 0.05, np.where(np.arange(24) < 14, -0.03, 0.002))
    times = Times(0.125, 0.2, 0.3, (), 24)
    rows = [
        row("A", photos(base)),
        row("B", photos(near), times=times, peak_rss_bytes=300 * 2**20),
        row("D", photos(d)),
        row("C", photos(base - 0.3)),
    ]
    return analyse(compared(sorted(rows, key=lambda one: -one.median)))


def test_the_first_lines() -> None:
    analysis = four_rows()
    decision = analysis.decision
    assert decision is not None
    assert not decision.told_apart
    labels = list(analysis.rows)
    pairs = {pair.second: pair for pair in analysis.pairs if pair.first == labels[0]}
    level = [label for label in labels[1:] if pairs[label].p_holm >= 0.05]
    assert [one.label for one in decision.level] == level
    assert "C" not in level
    assert decision.cheapest is analysis.rows["B"]
    first, second = first_lines(analysis)
    pair = pairs[labels[1]]
    assert first.startswith(f"Best by median IoU: {labels[0]}, ")
    assert f"{pair.wins} to {pair.losses} across 24 images, with {pair.ties} ties." in first
    assert f"not told apart: p {pair.p:.3f}, Holm's p {pair.p_holm:.3f}, median difference" in first
    assert "B (0.12s per photo, 300 MiB)" in second
    assert "; also not told apart: D. Next: take the cheapest, or trace about " in second
    assert second.endswith(" more photos to tell the first two apart.")


def test_two_rows_can_be_told_apart_from_six_photos_on() -> None:
    for number in (5, 6):  # all won, the sign test's p is 2 / 2⁵ or 2 / 2⁶
        rows = [row(label, photos([iou] * number)) for label, iou in (("A", 0.9), ("B", 0.5))]
        decision = analyse(compared(rows)).decision
        assert decision is not None
        assert (decision.testable, decision.told_apart) == (number == 6, number == 6)


def test_too_few_photos_are_said_to_be_so() -> None:
    rows = [row(label, photos([0.9 - i / 10] * 3)) for i, label in enumerate("ABC")]
    assert first_lines(analyse(compared(rows)))[1] == (
        "Too few photos to decide: 3 photos cannot tell any two of these rows apart."
    )
    assert first_lines(analyse(compared(rows[:1]))) == []


def test_a_cheap_row_that_looks_worse_is_undecided_and_unstable_times_are_said() -> None:
    base = np.linspace(0.8, 0.9, 12)
    worse = base - np.where(np.arange(12) < 8, 0.2, -0.03)
    fast = Times(0.01, 0.02, 0.03, (), 12)
    cheap = row("Cheap", photos(worse), times=fast, unstable="p90 is 2.0 times p50")
    second = first_lines(analyse(compared([row("Best", photos(base)), cheap])))[1]
    assert second.startswith(
        "Too few photos to decide: Cheap (0.01s per photo, 1 MiB) is the cheapest row that 12 "
        "photos do not tell apart from Best (0.50s per photo, 1 MiB), but its IoU is lower, with a "
        "median difference of +0.200 ["
    )
    assert " The cheapest may be another, as timing was unstable: Cheap. Next: trace " in second
    assert "take" not in second


@pytest.mark.parametrize(
    ("label", "others", "short"),
    [
        ("U2Net (rembg)", ["U2Netp (rembg)", "ISNet (imgly)"], "U2Net"),
        ("ISNet (rembg)", ["ISNet (imgly)"], "ISNet (rembg)"),
        ("ISNet (rembg)", ["ISNet (rembg) [source=npm]"], "ISNet (rembg)"),
        ("ISNet (rembg) [source=npm]", ["U2Net (rembg)"], "ISNet (rembg) [source=npm]"),
        ("Mine (candidate B)", ["Other"], "Mine (candidate B)"),
    ],
)
def test_names_lose_only_an_engine(label: str, others: list[str], short: str) -> None:
    assert short_name(label, [label, *others]) == short


def test_a_suite_is_a_family_of_its_own(command: Command, folder: Path, tmp_path: Path) -> None:
    own = ("dataset=folder", f"dataset.root={folder}", "plots=false")
    assert command("eval", "model=otsu", "refine=morphology", *own).returncode == 0
    done = command("eval", "suite=floors", *own)
    assert done.returncode == 0, done.stderr
    reports = tmp_path / "reports" / "photos"

    def rows() -> tuple[list[str], list[str], int]:
        found = json.loads((reports / "comparison.json").read_text())
        names = ([one["row"] for one in found[part]] for part in ("rows", "apart"))
        return (*map(sorted, names), len(found["duels"]))  # type: ignore[return-value]

    floors, apart = ["background", "grabcut", "otsu"], ["otsu+refine=morphology"]
    assert rows() == (floors, apart, 3)
    assert "Stored rows that are not of suite=floors, and in none of its tests" in done.stdout
    assert command("compare", *own).returncode == 0
    assert rows() == (sorted([*floors, *apart]), [], 6)
    done = command("compare", "suite=floors", *own)
    assert done.returncode == 0, done.stderr
    assert rows() == (floors, apart, 3)
    page = (reports / "comparison.md").read_text()
    lines = first_line, second_line = page.split("\n\n")[:2]
    assert all(line in done.stdout for line in lines), (first_line, second_line)
    assert page.index("### Other rows") > page.index("| Approach")
    both = command("compare", "suite=floors", "runs=otsu,grabcut", *own)
    assert both.returncode == 2
    assert "suite=… chooses among stored rows; leave out runs=… and table=…" in both.stderr
