"""Where the best row loses, a line a slice."""

from evaluate.compare.analysis import Analysis
from evaluate.compare.slices import SliceReversal


def losses(analysis: Analysis) -> list[tuple[str, list[SliceReversal]]]:
    """Each slice's name and the rows that are better there; the surest first."""
    found: dict[str, list[SliceReversal]] = {}
    for one in analysis.reversals:
        found.setdefault(one.name, []).append(one)
    return list(found.items())
