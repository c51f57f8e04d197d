"""What to do when a request over the network fails: try again, give this photo up, or stop."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from models.segmenter import NoMask, TimedOut, Unavailable

LONGEST_WAIT_S = 120.0
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Trouble:
    """One failed request.

    ``passes``: another attempt may succeed, ``wait_s`` from now at the earliest. ``remedy``: what
    to do where no other photo would fare better, else None.
    """

    reason: str
    passes: bool
    wait_s: float = 0
    remedy: str | None = None
    timed_out: bool = False

    def exception(self, retries: int) -> Exception:
        """What to raise once no attempt is left."""
        if self.remedy:
            return Unavailable(f"{self.reason}; {self.remedy}")
        if self.timed_out:
            return TimedOut(self.reason, {"retries": retries, "failure": "timeout"})
        return NoMask(self.reason, {"retries": retries, "failure": "refused"})


def persist(
    request: Callable[[], Answer],
    judge: Callable[[Exception], Trouble],
    *,
    attempts: float,
    first_wait_s: float,
    until: float = float("inf"),
) -> tuple[Answer, int]:
    """The answer to a request, and how often it had to be repeated: later and later, or when the
    server says, but never past ``until`` (``time.monotonic``).

    Raises:
        NoMask: this photo was not answered.
        Unavailable: no photo would be.
    """
    retries = 0
    while True:
        try:
            return request(), retries
        except Exception as error:  # whatever the client and the library under it raise
            trouble = judge(error)
        jitter = random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        wait_s = max(min(60.0, first_wait_s * 2**retries) * jitter, trouble.wait_s)
        late = wait_s > LONGEST_WAIT_S or time.monotonic() + wait_s >= until
        if not trouble.passes or retries + 1 >= attempts or late:
            # Without its cause: a traceback would show the library's text, with the key in it.
            raise trouble.exception(retries) from None
        time.sleep(wait_s)
        retries += 1


def line(text: object, key: str) -> str:
    """``text`` as one line, without the key and what stands before the @ of a URL."""
    known = str(text).replace(key, "[key]") if key else str(text)
    return " ".join(public(known).split())[:300]


def public(text: str) -> str:
    """``text`` without what stands before the @ of its URLs: a name and a password."""
    return re.sub(r'://[^/\s"]*@', "://", text)  # the last @: a password may hold one
