"""Wins, ties and losses of every pair of rows, with tests and intervals.

A row wins a photo if its IoU is higher by more than the margin. The sign test compares wins with
losses; Holm's correction covers all pairs. The interval is that of the median paired difference in
IoU; photos of one object (the tag ``group``) are resampled together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evaluate.compare.photo_values import photos_of, values_at
from evaluate.compare.resampling import Resampling
from evaluate.compare.statistics import (
    Interval,
    Ranks,
    holm,
    mean_ranks,
    sign_test,
    wins_ties_losses,
)

GROUP = "group"  # the tag that names a photo's object
MARGINS = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)


@dataclass(frozen=True)
class PairResult:
    """The row labelled ``first`` against the row labelled ``second``.

    ``difference`` is the median of IoU_first − IoU_second; ``interval`` is None for fewer than six
    objects. ``p`` is that of the sign test, ``p_holm`` is corrected for all pairs. ``curve`` has
    wins, ties and losses at each of ``MARGINS``.
    """

    first: str
    second: str
    wins: int
    ties: int
    losses: int
    difference: float
    interval: Interval | None
    p: float
    p_holm: float
    curve: tuple[tuple[int, int, int], ...]


def compare_pairs(
    rows: Mapping[str, Mapping[str, float]], groups: Mapping[str, str], margin_iou: float
) -> list[PairResult]:
    """Compare all pairs of ``rows`` (IoUs by label and photo), in the order given.

    ``groups`` maps a photo's id to its object; a photo without an entry is an object of its own.
    """
    pairs = list(combinations(rows, 2))
    if not pairs:
        return []
    photos = photos_of(next(iter(rows.values())))
    table = {label: values_at(ious, photos) for label, ious in rows.items()}
    differences = [table[first] - table[second] for first, second in pairs]
    curves = [wins_ties_losses(d, [margin_iou, *MARGINS]) for d in differences]
    resampling = Resampling(
        len(photos), [groups.get(i, f"\0{i}") for i in photos] if groups else ()
    )
    p_values = [sign_test(wins, losses) for (wins, _, losses), *_ in curves]
    return [
        PairResult(
            first=first,
            second=second,
            wins=counts[0],
            ties=counts[1],
            losses=counts[2],
            difference=float(np.median(difference)),
            interval=interval,
            p=p,
            p_holm=p_holm,
            curve=tuple(curve),
        )
        for (first, second), difference, (counts, *curve), interval, p, p_holm in zip(
            pairs,
            differences,
            curves,
            resampling.median_intervals(differences),
            p_values,
            holm(p_values),
            strict=True,
        )
    ]


def ranks(rows: Mapping[str, Mapping[str, float]]) -> Ranks | None:
    """Mean ranks of rows over the photos; None for fewer than two rows or photos."""
    photos = photos_of(next(iter(rows.values()), {}))
    if min(len(rows), len(photos)) < 2:
        return None
    return mean_ranks(np.array([values_at(ious, photos) for ious in rows.values()]))


def cliques(means: Sequence[float], critical_difference: float) -> list[tuple[int, int]]:
    """First and last index of each maximal group of rows that the test does not separate.

    ``means`` are sorted. Groups inside a larger group are left out: what remains are the bars of a
    critical-difference diagram.
    """
    found: list[tuple[int, int]] = []
    for start in range(len(means)):
        end = max(i for i, mean in enumerate(means) if mean - means[start] < critical_difference)
        if end > start and (not found or end > found[-1][1]):
            found.append((start, end))
    return found
