"""The decision that a comparison allows: the best row, the rows level with it, the cheapest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluate.compare.decision.photos_needed import PhotosNeeded, photos_needed
from evaluate.compare.head_to_head import PairResult
from evaluate.compare.rows.photo_values import photos_of, values_at
from evaluate.compare.rows.row import Row
from evaluate.compare.slices import SIGNIFICANT


@dataclass(frozen=True)
class Decision:
    """``best`` and ``runner_up`` are the first two rows by median IoU, ``pair`` compares them.

    ``level`` are the rows that are not told apart from the best: Holm's p over all pairs of the
    family is ``SIGNIFICANT`` or more. ``cheapest`` has the least seconds of them and the best; None
    if no times are known. ``testable``: whether so many photos can tell any two rows apart.
    ``more_photos``, until the first two separate, is None if they do.
    """

    best: Row
    runner_up: Row
    pair: PairResult
    level: tuple[Row, ...]
    cheapest: Row | None
    testable: bool
    more_photos: PhotosNeeded | None

    @property
    def told_apart(self) -> bool:
        """Whether best and runner-up differ significantly."""
        return self.pair.p_holm < SIGNIFICANT


def decision_of(
    rows: Sequence[Row],
    pairs: Sequence[PairResult],
    groups: Mapping[str, str],
    margin_iou: float,
) -> Decision | None:
    """The decision over ``rows``, best first, of which ``pairs`` compares each two.

    ``groups`` maps a photo's id to its object. None for fewer than two rows.
    """
    if len(rows) < 2:
        return None
    best, runner_up = rows[:2]
    of_best = {pair.second: pair for pair in pairs if pair.first == best.label}
    level = tuple(row for row in rows[1:] if of_best[row.label].p_holm >= SIGNIFICANT)
    timed = [row for row in (best, *level) if row.times]
    pair = of_best[runner_up.label]
    # Holm multiplies the smallest p by the number of pairs, each further one by one less.
    factor = len(pairs) - sum(other.p < pair.p for other in pairs)
    needed = None
    if pair.p_holm >= SIGNIFICANT:
        photos = photos_of(best.ious)
        differences = best.values - values_at(runner_up.ious, photos)
        objects = np.arange(len(photos))
        if groups:
            names = [groups.get(id_, f"\0{id_}") for id_ in photos]
            objects = np.unique(np.asarray(names), return_inverse=True)[1]
        needed = photos_needed(differences, objects, margin_iou, SIGNIFICANT / factor)
    return Decision(
        best=best,
        runner_up=runner_up,
        pair=pair,
        level=level,
        cheapest=min(timed, key=_seconds) if timed else None,
        testable=len(pairs) * 2.0 ** (1 - len(best.ious)) < SIGNIFICANT,
        more_photos=needed,
    )


def _seconds(row: Row) -> float:
    assert row.times is not None  # noqa: S101 - narrows the type
    return row.times.median
