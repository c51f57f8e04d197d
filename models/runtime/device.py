"""Which device a system runs on: asked for once, resolved once, shown in every table."""

import os

from models.segmenter import Unavailable


def pick(requested: str, available: list[str]) -> str:
    """Resolve ``auto`` to the first of ``available``; take any other value as it is.

    Raises:
        Unavailable: the device asked for is not among ``available``.
    """
    if requested == "auto":
        return available[0]
    if requested not in available:
        names = ", ".join(available)
        raise Unavailable(f"device={requested} is not available to this model; use auto or {names}")
    return requested


def pinned_threads() -> int:
    """Threads this process was started with; 0 (the library's choice) where it was not pinned."""
    return int(os.environ.get("OMP_NUM_THREADS", "0"))
