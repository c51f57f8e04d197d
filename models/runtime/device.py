"""The device a model runs on, and the number of threads of its process."""

import os

from models.segmenter import Unavailable


def pick_device(requested: str, available: list[str]) -> str:
    """``requested``, with ``auto`` resolved to the first of ``available``.

    Raises:
        Unavailable: ``requested`` is not among ``available``.
    """
    if requested == "auto":
        return available[0]
    if requested not in available:
        names = ", ".join(available)
        raise Unavailable(f"device={requested} is not available to this model; use auto or {names}")
    return requested


def pinned_threads() -> int:
    """The number of threads this process was started with; 0 lets the library choose."""
    return int(os.environ.get("OMP_NUM_THREADS", "0"))
