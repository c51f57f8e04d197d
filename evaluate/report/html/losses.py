"""Where the best row loses, a line a slice."""

from evaluate.compare.analysis import Analysis
from evaluate.compare.slices import Upset


def losses(analysis: Analysis) -> list[tuple[str, list[Upset]]]:
    """Each slice's name and the rows that are better there; the surest first."""
    found: dict[str, list[Upset]] = {}
    for one in analysis.upsets:
        found.setdefault(one.name, []).append(one)
    return list(found.items())
