"""Counts and lists of names, as messages write them."""

from collections.abc import Sequence

SHOWN = 5  # names, or lines about one kind of problem; the rest are counted


def few(names: Sequence[str]) -> str:
    """The first names and how many more there are."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def counted(number: int, noun: str) -> str:
    """``1 mask`` or ``2 masks``."""
    return f"{number:,} {noun}{'s' * (number != 1)}"
