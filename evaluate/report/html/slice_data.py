"""The slices of the page: the photos in each, and every row's median there.

name         as in ``comparison.json``
photos       how many there are
gaps         the indices of those on the page: the first, then the differences, which take a third
             of the space
medians      of each row with quality, in the table's order: [median, low, high], or [median] with
             too few photos for an interval
shown_first  whether it is shown at first: one of the ``SHOWN_FIRST`` slices with the largest shift
             of some row's median from that over all photos
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from evaluate.compare.analysis import Analysis
from evaluate.compare.statistics import Interval
from evaluate.display.text import printable

SHOWN_FIRST = 12


def slice_rows(analysis: Analysis, ids: Sequence[str]) -> list[dict[str, Any]]:
    """One dict as above per slice; ``ids`` are the page's photos in order."""
    places = {id_: place for place, id_ in enumerate(ids)}
    by_shift = sorted(analysis.slices, key=lambda one: -analysis.largest_shift(one, analysis.rows))
    return [
        {
            "name": printable(one.name),
            "photos": len(one.ids),
            "gaps": _gaps(sorted(places[id_] for id_ in one.ids if id_ in places)),
            "medians": [
                median_with_ends(by_slice[one.name].median, by_slice[one.name].interval)
                for by_slice in analysis.by_slice.values()
            ],
            "shown_first": one in by_shift[:SHOWN_FIRST],
        }
        for one in analysis.slices
    ]


def median_with_ends(median: float, interval: Interval | None) -> list[float]:
    """[median, low, high] or [median], rounded to the three shown decimals."""
    ends = (interval.low, interval.high) if interval else ()
    return [round(value, 3) for value in (median, *ends)]


def _gaps(places: Sequence[int]) -> list[int]:
    return [*places[:1], *(after - before for before, after in pairwise(places))]
