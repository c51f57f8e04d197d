"""A row of the table while its run goes on: from the photos that are finished and scored."""

import threading
import time

import numpy as np

from evaluate.compare.rows.row import LEVELS
from evaluate.compare.statistics import median_interval
from evaluate.display.text import say
from evaluate.report.columns import interval_text, percent

EVERY_S = 60.0


class PartialRow:
    """Prints the row of what is finished, at most once in ``every_s`` seconds.

    Photos come in the order in which they are finished, which is no random one: a row of part of
    them is a glance and is stored nowhere.
    """

    def __init__(self, label: str, photos: int, every_s: float = EVERY_S) -> None:
        self._label = label
        self._photos = photos
        self._every_s = every_s
        self._ious: list[float] = []
        self._failed = 0
        self._told = time.monotonic()
        self._adding = threading.Lock()

    def add(self, iou: float, failed: bool) -> None:
        """Note a scored photo; ``failed``: without a mask."""
        with self._adding:
            self._ious.append(iou)
            self._failed += failed
            if time.monotonic() - self._told < self._every_s:
                return
            self._told = time.monotonic()
            text = self._text()
        say(text)

    def _text(self) -> str:
        ious = np.array(self._ious)
        n = len(ious)
        above = ", ".join(f"{percent(int((ious > x).sum()), n)} above {x:g}" for x in LEVELS)
        return (
            f"{self._label}, partial, {n:,} of {self._photos:,} photos: median IoU "
            f"{np.median(ious):.3f}{interval_text(median_interval(ious))}, {above}, "
            f"{self._failed} failed"
        )
