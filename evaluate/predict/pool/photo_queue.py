"""The photos of a run that no model has answered yet; several threads take them."""

import threading
from collections import deque
from collections.abc import Iterable

from datasets.dataset import Sample


class PhotoQueue:
    """Hands out photos in their order. Those that are given back go first."""

    def __init__(self, samples: Iterable[Sample]) -> None:
        self._source = iter(samples)
        self._reading = threading.Lock()  # the source may wait for a download
        self._changed = threading.Condition()
        self._given_back: deque[Sample] = deque()
        self._unanswered = 0  # of those that were taken
        self._is_empty = False
        self.has_ended = False

    def take(self, *, wait: bool) -> Sample | None:
        """The next photo; None if there is none.

        With ``wait`` only once all are answered, as until then one may be given back.
        """
        while True:
            with self._changed:
                if self.has_ended:
                    return None
                if self._given_back:
                    self._unanswered += 1
                    return self._given_back.popleft()
                if self._is_empty and not (wait and self._unanswered):
                    return None
                if self._is_empty:
                    self._changed.wait()
                    continue
                self._unanswered += 1
            with self._reading:
                sample = next(self._source, None)
            if sample is not None:
                return sample
            with self._changed:
                self._is_empty = True
                self._unanswered -= 1
                self._changed.notify_all()

    def give_back(self, *samples: Sample | None) -> None:
        """Let another thread take these, but for None."""
        given = [sample for sample in samples if sample is not None]
        with self._changed:
            self._given_back.extendleft(reversed(given))
            self._unanswered -= len(given)
            self._changed.notify_all()

    def answered(self) -> None:
        """Note that a photo which was taken needs no other answer."""
        with self._changed:
            self._unanswered -= 1
            self._changed.notify_all()

    def end(self) -> None:
        """Hand out no more."""
        with self._changed:
            self.has_ended = True
            self._changed.notify_all()
