"""What models said of their photos beside the masks, summed up for a table.

One rule, whatever a fact is called: numbers add up over a row's photos. What is of one photo does
not, which is texts and sizes (``…_px``): of these each value is told, with the photos it came on.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from models.segmenter import Facts

Summary: TypeAlias = Mapping[str, float | Mapping[str, int]]
"""Facts by name: a sum, or on how many photos there was each value."""

SIZES = ("_px",)
FELL_BACK = "fell_back_to_px"  # the size at which a photo was seen where memory did not suffice
SHOWN = 4  # values of a fact; beyond, only how many there are


def summed(photos: Iterable[Facts | None]) -> Summary:
    """The facts of a row, in the order in which its photos first had them."""
    sums: dict[str, float] = {}
    counts: dict[str, Counter[str]] = {}
    names: dict[str, None] = {}
    for facts in photos:
        for name, value in (facts or {}).items():
            names[name] = None
            if isinstance(value, str) or name.endswith(SIZES):
                counts.setdefault(name, Counter())[str(value)] += 1
            else:
                sums[name] = sums.get(name, 0) + value
    return {name: counts[name] if name in counts else sums[name] for name in names}


def fallback(summary: Summary, photos: int) -> str:
    """A line on how many of a row's ``photos`` were seen smaller, and how small; else nothing."""
    sizes = summary.get(FELL_BACK)
    if not isinstance(sizes, Mapping):
        return ""
    told = ", ".join(f"{px} px on {count}" for px, count in Counter(sizes).most_common())
    seen = f"{sum(sizes.values())} of {photos} photos were seen smaller"
    return f"for want of memory {seen}: {told}"


def table(rows: Collection[tuple[str, Summary]]) -> list[tuple[str, ...]]:
    """Labels and their summaries as rows of cells, the header first; rows without facts left out.

    Empty where no row has any.
    """
    names = list(dict.fromkeys(name for _, summary in rows for name in summary))
    lines = [
        (label, *(_cell(summary[name]) if name in summary else "" for name in names))
        for label, summary in rows
        if summary
    ]
    return [("Approach", *names), *lines] if lines else []


def _cell(told: float | Mapping[str, int]) -> str:
    if not isinstance(told, Mapping):
        return f"{told:,}" if isinstance(told, int) else f"{told:,.4g}"
    if len(told) > SHOWN:
        return f"{len(told)} values"
    return ", ".join(f"{value} ×{photos}" for value, photos in Counter(told).most_common())
