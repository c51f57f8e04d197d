"""A share of votes with its exact interval."""

from dataclasses import dataclass

from evaluate.compare.statistics import CONFIDENCE, Interval


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
        """Its exact interval at ``CONFIDENCE``; None without votes.

        Source: Clopper and Pearson, The Use of Confidence or Fiducial Limits, 1934.
        """
        if not self.total:
            return None
        from scipy.special import betaincinv  # slow to import

        tail, lost = (1 - CONFIDENCE) / 2, self.total - self.count
        low = float(betaincinv(self.count, lost + 1, tail)) if self.count else 0.0
        high = float(betaincinv(self.count + 1, lost, 1 - tail)) if lost else 1.0
        return Interval(low, high)
