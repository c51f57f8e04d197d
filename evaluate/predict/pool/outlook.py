"""What a run has before it: photos, hours and their price, at the speed of what is finished."""

import statistics
import time
from collections.abc import Iterable

from evaluate.display.text import count_text, say
from evaluate.errors import CannotRun
from evaluate.predict.pool.engine import Engine
from evaluate.store.run_folder import OK, SEVERAL_AT_ONCE, PredictionRecord, Run

ENOUGH_PHOTOS = 20  # for a median to plan by
LATEST_PHOTOS = 1000  # are enough of a million


class Outlook:
    """Says once what is left to do, as soon as the p50 is known, and refuses what costs too much.

    It says nothing of a run with one worker of this machine that has no price. At the end it adds
    to run.json how many photos were predicted in what time, for photos a minute.
    """

    def __init__(
        self, label: str, engine: Engine, photos: int, pending: int, allowed_usd: float
    ) -> None:
        self._label = label
        self._engine = engine
        self._photos = photos
        self._pending = pending
        self._allowed_usd = allowed_usd
        self._is_asked_for = engine.scenario == SEVERAL_AT_ONCE or engine.usd_per_hour is not None
        self._seconds: list[float] = []
        self._answered = 0
        self._began = 0.0

    def begin(self, done: Iterable[PredictionRecord], row: Run) -> None:
        """Say it, if the photos that are ``done`` tell enough, or those of an earlier run there.

        Raises:
            CannotRun: it would cost too much.
        """
        self._began = time.monotonic()
        if not self._is_asked_for or not self._pending:
            return
        self._seconds = _seconds_of(done)
        if len(self._seconds) < ENOUGH_PHOTOS:
            self._seconds = _seconds_of(row.predictions().values())
        if len(self._seconds) >= ENOUGH_PHOTOS:
            self._expect()
        else:
            self._seconds = []
            few = self._pending <= ENOUGH_PHOTOS  # they are done before an estimate could help
            until = "" if few else f"; hours unknown until {ENOUGH_PHOTOS} photos are done"
            say(f"{self._left()}{until}")

    def add(self, record: PredictionRecord) -> None:
        """Note a photo, and say it once there are enough.

        Raises:
            CannotRun: it would cost too much.
        """
        self._answered += 1
        if not self._is_asked_for or len(self._seconds) >= ENOUGH_PHOTOS:
            return
        if record.status == OK and record.seconds is not None:
            self._seconds.append(record.seconds)
            if len(self._seconds) == ENOUGH_PHOTOS and self._answered < self._pending:
                self._expect()

    def close(self, run: Run) -> None:
        """Record photos and time, if the seconds of the photos are no latency."""
        if self._engine.scenario != SEVERAL_AT_ONCE or not self._answered:
            return
        about = run.about()
        done = {
            "engine": self._engine.name,
            "workers": self._engine.workers,
            "photos": self._answered,
            "seconds": round(time.monotonic() - self._began, 3),
        }
        run.write_about({**about, "offline": [*about.get("offline", []), done]})

    def _left(self) -> str:
        done = self._photos - self._pending + self._answered
        return (
            f"{self._label}: {count_text(self._photos, 'photo')}, {done} done, on "
            f"{count_text(self._engine.workers, 'worker')}"
        )

    def _expect(self) -> None:
        p50 = statistics.median(self._seconds)
        hours = (self._pending - self._answered) * p50 / self._engine.workers / 3600
        told = f"{self._left()}; the others take {_hours_text(hours)} at a p50 of {p50:.3g} s"
        price = self._engine.usd_per_hour
        if price is None:
            say(told)
            return
        say(f"{told}, and cost about ${hours * price:.2f}")
        if hours * price > self._allowed_usd:
            raise CannotRun(
                f"{self._label}: that is above cost_limit_usd={self._allowed_usd:g}; finished "
                "photos are kept; add yes=true to go on"
            )


def _seconds_of(records: Iterable[PredictionRecord]) -> list[float]:
    """The seconds of the latest photos with a mask."""
    seconds = [one.seconds for one in records if one.status == OK and one.seconds is not None]
    return seconds[-LATEST_PHOTOS:]


def _hours_text(hours: float) -> str:
    if hours >= 1:
        return f"about {hours:.1f} h"
    return f"about {hours * 60:.0f} min" if hours * 60 >= 1 else "less than a minute"
