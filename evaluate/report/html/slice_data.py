"""The page's slices: which photos are in each, and how every row does there.

name     as in ``comparison.json``
gaps     its photos' places in the page: the first, then how far it is to each next one, which
         takes a third of the room
medians  of each row with quality, in the table's order: [median, low, high], or [median] where
         there are too few photos for an interval
told     whether it is among the ``MOST`` that say most: those that move some row's median furthest
         from that over all photos
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from evaluate.compare.analysis import Analysis
from evaluate.compare.statistics import Interval
from evaluate.display.text import printable

MOST = 12  # are shown at first


def slices(analysis: Analysis, ids: Sequence[str]) -> list[dict[str, Any]]:
    """A dict as above for each slice; ``ids`` are the page's photos in its order."""
    places = {id_: place for place, id_ in enumerate(ids)}
    telling = sorted(analysis.slices, key=lambda cut: -analysis.moved(cut, analysis.rows))
    return [
        {
            "name": printable(cut.name),
            "gaps": _gaps(sorted(places[id_] for id_ in cut.ids)),
            "medians": [
                shortened(by_slice[cut.name].median, by_slice[cut.name].interval)
                for by_slice in analysis.by_slice.values()
            ],
            "told": cut in telling[:MOST],
        }
        for cut in analysis.slices
    ]


def shortened(median: float, interval: Interval | None) -> list[float]:
    """[median, low, high] or [median], as many digits as are shown."""
    ends = (interval.low, interval.high) if interval else ()
    return [round(value, 3) for value in (median, *ends)]


def _gaps(places: Sequence[int]) -> list[int]:
    return [places[0], *(after - before for before, after in pairwise(places))]
