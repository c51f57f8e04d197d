"""Wins, ties and losses of every pair of rows, with tests and intervals.

A row wins a photo if its IoU is higher by more than the margin. The sign test compares wins with
losses; Holm's correction covers all pairs. The interval is that of the median paired difference in
IoU; photos of one object (the tag ``group``) are resampled together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from evaluate.compare.resampling import Resampling
from evaluate.compare.rows.photo_values import photos_of, values_at
from evaluate.compare.statistics import (
    Interval,
    Ranks,
    holm,
    mean_ranks,
    median_of_sorted,
    sign_test,
    wins_ties_losses_of_sorted,
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
    objects = [groups.get(i, f"\0{i}") for i in photos] if groups else ()
    resampling = Resampling(len(photos), objects)
    if resampling.alone:  # one pair at a time, as a million photos take 8 MB a pair
        intervals: list[Interval | None] = [None] * len(pairs)
    else:
        intervals = resampling.median_intervals([table[a] - table[b] for a, b in pairs])
    results = []
    for (first, second), interval in zip(pairs, intervals, strict=True):
        ordered = np.sort(table[first] - table[second])
        counts, *curve = wins_ties_losses_of_sorted(ordered, [margin_iou, *MARGINS])
        results.append(
            PairResult(
                first=first,
                second=second,
                wins=counts[0],
                ties=counts[1],
                losses=counts[2],
                difference=median_of_sorted(ordered),
                interval=resampling.interval_of_sorted(ordered) if resampling.alone else interval,
                p=(p := sign_test(counts[0], counts[2])),
                p_holm=p,
                curve=tuple(curve),
            )
        )
    corrected = holm([result.p for result in results])
    return [replace(one, p_holm=p) for one, p in zip(results, corrected, strict=True)]


def ranks(rows: Mapping[str, Mapping[str, float]]) -> Ranks | None:
    """Mean ranks of rows over the photos; None for fewer than two rows or photos."""
    photos = photos_of(next(iter(rows.values()), {}))
    if min(len(rows), len(photos)) < 2:
        return None
    return mean_ranks([values_at(ious, photos) for ious in rows.values()])


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
