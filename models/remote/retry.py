"""Failed requests over the network: repeat the request, fail this photo, or stop the run."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from models.segmenter import NoMask, TimedOut, Unavailable

LONGEST_WAIT_S = 120.0  # a server that asks for more is not waited for
LONGEST_BACKOFF_S = 60.0
NOT_REPEATED = "so not repeated: it may be billed"  # of a request that may have been processed
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class RequestFailure:
    """One failed request.

    ``retryable``: another attempt may succeed, ``retry_after_s`` from now at the earliest.
    ``remedy``: what to do about a failure that every photo would meet, else None.
    """

    reason: str
    retryable: bool
    retry_after_s: float = 0
    remedy: str | None = None
    timed_out: bool = False

    def as_exception(self, retries: int) -> Exception:
        """The exception to raise once no attempt is left."""
        if self.remedy:
            return Unavailable(f"{self.reason}; {self.remedy}")
        if self.timed_out:
            return TimedOut(self.reason, {"retries": retries, "failure": "timeout"})
        return NoMask(self.reason, {"retries": retries, "failure": "refused"})


def with_retries(
    request: Callable[[], Answer],
    classify: Callable[[Exception], RequestFailure],
    *,
    attempts: float,
    first_wait_s: float,
    deadline: float = float("inf"),
) -> tuple[Answer, int]:
    """The result of ``request`` and the number of retries it took.

    The wait doubles with each retry, or follows the server's Retry-After. No attempt starts after
    ``deadline`` (in ``time.monotonic`` seconds).

    Raises:
        NoMask: no attempt succeeded for this photo.
        Unavailable: no attempt would succeed for any photo.
    """
    retries = 0
    while True:
        try:
            return request(), retries
        except Exception as error:  # whatever the client and the library under it raise
            failure = classify(error)
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no cryptography
        backoff_s = min(LONGEST_BACKOFF_S, first_wait_s * 2**retries) * jitter
        wait_s = max(backoff_s, failure.retry_after_s)
        too_late = wait_s > LONGEST_WAIT_S or time.monotonic() + wait_s >= deadline
        if not failure.retryable or retries + 1 >= attempts or too_late:
            # Without its cause: the library's own text in a traceback may contain the key.
            raise failure.as_exception(retries) from None
        time.sleep(wait_s)
        retries += 1
