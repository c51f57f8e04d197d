"""Every row against every other, photo by photo, and how sure each outcome is.

A photo is won by an IoU more than the margin higher. Sign tests are of wins against losses, Holm's
correction over all pairs; the interval is of the median paired difference in IoU, photos of one
object (the tag ``group``) drawn together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from evaluate.compare.statistics import (
    Interval,
    Ranks,
    Resampling,
    holm,
    mean_ranks,
    sign_test,
    wins_ties_losses,
)

GROUP = "group"  # the tag that names a photo's object
MARGINS = (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)


@dataclass(frozen=True)
class PairResult:
    """The row ``first`` against ``second``, by label.

    ``difference`` is the median of IoU_first − IoU_second, its ``interval`` None for fewer than six
    objects; ``p`` of the sign test alone, ``p_holm`` with all pairs in mind. ``curve`` has wins,
    ties and losses at each of ``MARGINS``.
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
    """Every pair of ``rows``, which are IoUs by label and photo, in the order given.

    ``groups`` names the objects of photos that show one of several; a photo without is its own.
    """
    pairs = list(combinations(rows, 2))
    if not pairs:
        return []
    ids = list(next(iter(rows.values())))
    resampling = Resampling([groups.get(i, f"\0{i}") for i in ids])
    table = {label: np.array([ious[i] for i in ids]) for label, ious in rows.items()}
    differences = [table[first] - table[second] for first, second in pairs]
    curves = [wins_ties_losses(d, [margin_iou, *MARGINS]) for d in differences]
    p_values = [sign_test(wins, losses) for (wins, _, losses), *_ in curves]
    return [
        PairResult(
            first=first,
            second=second,
            wins=counts[0],
            ties=counts[1],
            losses=counts[2],
            difference=float(np.median(difference)),
            interval=resampling.median_interval(difference),
            p=p,
            p_holm=p_holm,
            curve=tuple(curve),
        )
        for (first, second), difference, (counts, *curve), p, p_holm in zip(
            pairs, differences, curves, p_values, holm(p_values), strict=True
        )
    ]


def ranks(rows: Mapping[str, Mapping[str, float]]) -> Ranks | None:
    """Mean ranks of rows over the photos; None for fewer than two rows or photos."""
    ious = np.array([list(one.values()) for one in rows.values()], float)
    return mean_ranks(ious) if ious.ndim == 2 and min(ious.shape) >= 2 else None


def cliques(means: Sequence[float], critical_difference: float) -> list[tuple[int, int]]:
    """First and last of each run of ranks that the test does not tell apart, by rank order.

    ``means`` are sorted. Runs within another run are left out: these are the bars of a
    critical-difference diagram.
    """
    found: list[tuple[int, int]] = []
    for start in range(len(means)):
        end = max(i for i, mean in enumerate(means) if mean - means[start] < critical_difference)
        if end > start and (not found or end > found[-1][1]):
            found.append((start, end))
    return found
