"""A limit on the time for an answer, which stands still while weights are fetched."""

import time


class Deadline:
    """``limit_s`` seconds from now on, pauses left out."""

    def __init__(self, limit_s: float) -> None:
        self._left_s = limit_s
        self._since: float | None = time.monotonic()  # None while paused

    def pause(self) -> None:
        """Stop the clock."""
        left = self.remaining_s()
        if left is not None:
            self._left_s, self._since = left, None

    def resume(self) -> None:
        """Let it go on."""
        if self._since is None:
            self._since = time.monotonic()

    def remaining_s(self) -> float | None:
        """Seconds that are left, at least 0; None while paused."""
        if self._since is None:
            return None
        return max(0.0, self._left_s - (time.monotonic() - self._since))
