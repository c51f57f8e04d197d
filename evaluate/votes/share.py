"""A share of votes with its exact interval."""

from dataclasses import dataclass

from evaluate.compare.statistics import Interval, share_interval


@dataclass(frozen=True)
class VoteShare:
    """``count`` of ``total`` votes."""

    count: int
    total: int

    @property
    def value(self) -> float | None:
        """The share; None without votes."""
        return self.count / self.total if self.total else None

    @property
    def interval(self) -> Interval | None:
        """Its exact interval; None without votes."""
        return share_interval(self.count, self.total) if self.total else None
