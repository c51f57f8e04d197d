"""Counts and lists of names, as messages write them."""

from collections.abc import Sequence

SHOWN = 5  # names, or lines about one kind of problem; the rest are counted


def few(names: Sequence[str], count: int | None = None) -> str:
    """The first names and how many more there are, of ``count`` if these are not all."""
    rest = (len(names) if count is None else count) - SHOWN
    more = f" and {rest:,} more" if rest > 0 else ""
    return ", ".join(names[:SHOWN]) + more


def counted(number: int, noun: str) -> str:
    """``1 mask`` or ``2 masks``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
