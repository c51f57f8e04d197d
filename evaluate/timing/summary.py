"""What the rounds of a model say: its times by scenario, and how far they can be trusted."""

import statistics
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluate.compare.instability import instability
from evaluate.timing.rounds import Timed


@dataclass(frozen=True)
class TimingSummary:
    """Of a model that ran: percentiles of single photos over all rounds, in seconds.

    ``noise`` is the median absolute deviation of the rounds' medians, ``drift`` the last round's
    median minus the first one's, each as a share of p50; None for a single round.
    """

    timed: Timed

    @cached_property
    def medians(self) -> list[float]:
        """Each round's median, of rounds with more than one mask."""
        return [statistics.median(one.seconds) for one in self.timed.rounds if one.seconds]

    @cached_property
    def p50(self) -> float | None:
        """Median over the rounds' medians: one disturbed round does not move it."""
        return statistics.median(self.medians) if self.medians else None

    @cached_property
    def p90(self) -> float | None:
        """90th percentile over all photos of all rounds."""
        every = [second for one in self.timed.rounds for second in one.seconds]
        return float(np.percentile(every, 90)) if every else None

    @property
    def noise(self) -> float | None:
        """See the class."""
        if not self.p50 or len(self.medians) < 2:
            return None
        return statistics.median(abs(one - self.p50) for one in self.medians) / self.p50

    @property
    def drift(self) -> float | None:
        """See the class."""
        if not self.p50 or len(self.medians) < 2:
            return None
        return (self.medians[-1] - self.medians[0]) / self.p50

    @property
    def cold_s(self) -> float:
        """Median seconds from the start of the process to the first mask."""
        return statistics.median(one.cold_s for one in self.timed.rounds)

    @property
    def load_s(self) -> float:
        """Median seconds to load the model."""
        return statistics.median(one.load_s for one in self.timed.rounds)

    @property
    def first_s(self) -> float | None:
        """Median seconds of the first photo."""
        found = [one.first_s for one in self.timed.rounds if one.first_s is not None]
        return statistics.median(found) if found else None

    @property
    def per_minute(self) -> float | None:
        """Photos a minute once the first is done, decoding and storing included."""
        found = [60 * one.photos / one.span_s for one in self.timed.rounds if one.photos]
        return statistics.median(found) if found else None

    @property
    def failed(self) -> int:
        """Photos without a mask, in the round with the most."""
        return max(sum(one.failures.values()) for one in self.timed.rounds)

    @property
    def peak_bytes(self) -> int:
        """Peak resident memory of the largest process."""
        return max(one.peak_bytes for one in self.timed.rounds)

    @property
    def device_bytes(self) -> int | None:
        """Peak memory on the accelerator; None where it is unknown."""
        found = [one.device_bytes for one in self.timed.rounds if one.device_bytes]
        return max(found) if found else None

    @property
    def doubts(self) -> list[str]:
        """Why its times are unstable; empty if nothing speaks against them."""
        return instability(
            self.p50,
            self.p90,
            max(one.load_before for one in self.timed.rounds),
            max(one.load_during for one in self.timed.rounds),
        )
