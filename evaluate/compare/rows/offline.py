"""The scenario *offline*: photos a minute of a run whose photos share machines with others.

Its seconds per photo are no latency, so a row has none of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluate.store.run_folder import SEVERAL_AT_ONCE


@dataclass(frozen=True)
class OfflineSpeed:
    """``per_minute`` photos over the whole run; None if every command of it was killed."""

    per_minute: float | None
    workers: int

    @property
    def text(self) -> str:
        """As a table shows it in place of seconds."""
        if self.per_minute is None:
            return "offline"
        digits = ".3g" if self.per_minute < 100 else ",.0f"  # no exponent
        return f"offline, {self.per_minute:{digits}}/min"

    @property
    def beside(self) -> str:
        """What else ran while a photo was predicted, to stand behind "predicted"."""
        if self.workers > 1:
            return f"by {self.workers:,} workers"
        return "beside other jobs" if self.workers else "beside others"


def offline_speed(about: Mapping[str, Any]) -> OfflineSpeed | None:
    """That of the run of this run.json; None of a run whose seconds are latencies.

    Time between the commands that made the run does not count.
    """
    if about["identity"]["conditions"].get("scenario") != SEVERAL_AT_ONCE:
        return None
    commands: list[dict[str, Any]] = about.get("offline", [])
    seconds = sum(one["seconds"] for one in commands)
    photos = sum(one["photos"] for one in commands)
    rate = 60 * photos / seconds if seconds else None
    return OfflineSpeed(rate, max((one["workers"] for one in commands), default=0))
