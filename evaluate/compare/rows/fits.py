"""The share of tools that fit their pockets, at any clearance, with its exact interval."""

from dataclasses import dataclass, field

import numpy as np

from evaluate.compare.statistics import Interval, share_interval
from evaluate.store.formats.csv_columns import FloatColumn

CLEARANCE_PX = 3.0  # where no scale is known


@dataclass(frozen=True)
class FitShare:
    """``fitting`` of ``photos`` fit; ``interval`` is that of their share, 0..1."""

    fitting: int
    photos: int
    interval: Interval

    @property
    def share(self) -> float:
        """The share that fits, 0..1."""
        return self.fitting / self.photos


@dataclass(frozen=True)
class Fits:
    """``needed`` has the smallest clearance of each photo, ascending, in ``unit``, mm or px.

    Photos whose truth is empty have no tool, and are not in it. ``mm_per_px`` is the median of the
    scales, None where they are not all known.
    """

    needed: FloatColumn = field(compare=False)  # == of arrays is no truth value
    unit: str
    mm_per_px: float | None = None

    def px(self, clearance: float) -> float:
        """A clearance in ``unit`` as px of a photo of the median scale."""
        return clearance / (self.mm_per_px or 1)

    def at(self, clearance: float) -> FitShare:
        """The share of at least one photo that fits at a clearance."""
        n = len(self.needed)
        fitting = int(np.searchsorted(self.needed, clearance, side="right"))
        return FitShare(fitting, n, share_interval(fitting, n))


def fits_of(needed_px: FloatColumn, mm_per_px: FloatColumn | None) -> Fits | None:
    """The fits of photos by ``fit_px`` (NaN: no tool), in mm if the scales are given."""
    needed = needed_px if mm_per_px is None else needed_px * mm_per_px
    there = needed[~np.isnan(needed)]
    if not there.size:
        return None
    if mm_per_px is None:
        return Fits(np.sort(there), "px")
    return Fits(np.sort(there), "mm", float(np.nanmedian(mm_per_px)))
