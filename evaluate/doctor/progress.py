"""A progress bar that needs no package, on a terminal only."""

import sys
import time
from types import TracebackType

WIDTH = 30
INTERVAL_S = 0.1


class Progress:
    """A bar over ``total`` bytes on standard error. It is removed at the end."""

    def __init__(self, name: str, total: int) -> None:
        self._name, self._total, self._done = name, max(1, total), 0
        self._shown_at = 0.0
        self._visible = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._visible and self._shown_at:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def advance(self, size_bytes: int) -> None:
        """Count bytes as done, and draw the bar unless that was a moment ago."""
        self._done += size_bytes
        now = time.monotonic()
        if not self._visible or now - self._shown_at < INTERVAL_S:
            return
        self._shown_at = now
        filled = min(WIDTH, WIDTH * self._done // self._total)
        bar = "#" * filled + "." * (WIDTH - filled)
        amount = f"{self._done / 1e9:.1f} of {self._total / 1e9:.1f} GB"
        sys.stderr.write(f"\r{self._name} [{bar}] {amount}\x1b[K")
        sys.stderr.flush()
