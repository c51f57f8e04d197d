"""Facts that models report besides masks (such as tokens or cost), summed up for a table.

One rule for every fact: numbers are added over a row's photos. Texts and sizes (``…_px``) cannot be
added: each distinct value is listed with the number of its photos. Of memory (``…_mib``) and of
the first use of a model (``…_visit_s``) the largest number is kept.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from models.segmenter import Facts

Summary: TypeAlias = Mapping[str, float | Mapping[str, int]]
"""Facts by name: a sum, the largest number, or the number of photos by value."""

SIZES = ("_px",)
LARGEST = ("_mib", "_visit_s")
FELL_BACK = "fell_back_to_px"  # the smaller input size used after running out of memory
_VALUES_SHOWN = 4  # distinct values of a fact; of more only the number is shown


def sum_facts(photos: Iterable[Facts | None]) -> Summary:
    """Sum up the facts of a row's photos, in order of first appearance."""
    sums: dict[str, float] = {}
    counts: dict[str, Counter[str]] = {}
    names: dict[str, None] = {}
    for facts in filter(None, photos):
        for name, value in facts.items():
            names[name] = None
            if isinstance(value, str) or name.endswith(SIZES):
                counts.setdefault(name, Counter())[str(value)] += 1
            elif name.endswith(LARGEST):
                sums[name] = max(sums.get(name, 0), value)
            else:
                sums[name] = sums.get(name, 0) + value
    return {name: counts[name] if name in counts else sums[name] for name in names}


def fallback(summary: Summary, photos: int) -> str:
    """A note on how many of a row's ``photos`` were predicted at a smaller size; empty if none."""
    sizes = summary.get(FELL_BACK)
    if not isinstance(sizes, Mapping):
        return ""
    by_size = ", ".join(f"{px} px on {count}" for px, count in Counter(sizes).most_common())
    return (
        f"out of memory on {sum(sizes.values())} of {photos} photos, which were predicted at a "
        f"smaller size: {by_size}"
    )


def visits(summary: Summary, photos: int) -> str:
    """A note on a model in a browser: its visits, and means over ``photos``; empty for others."""
    names = ("first_visit_s", "first_visit_mib", "second_visit_s", "page_s", "network_s")
    numbers = [n for name in names if isinstance(n := summary.get(name), int | float)]
    if not photos or len(numbers) < len(names):
        return ""
    first_s, first_mib, second_s, page_s, network_s = numbers
    memory = summary.get("browser_memory_mib")  # of Linux only
    return (
        f"first visit {first_s:.1f} s from loading the page to the first mask, with "
        f"{first_mib:.1f} MiB to fetch, second visit {second_s:.1f} s; then "
        f"{page_s / photos:.2f} s per photo in the page, of which the network "
        f"{network_s / photos:.2f} s"
    ) + (f"; of its Memory, the browser takes {memory:.0f} MiB" if memory else "")


def facts_table(rows: Collection[tuple[str, Summary]]) -> list[tuple[str, ...]]:
    """Labels and summaries as rows of cells, the header first; empty if no row has facts.

    Rows without facts are left out.
    """
    names = list(dict.fromkeys(name for _, summary in rows for name in summary))
    lines = [
        (label, *(_cell(summary[name]) if name in summary else "" for name in names))
        for label, summary in rows
        if summary
    ]
    return [("Approach", *names), *lines] if lines else []


def _cell(fact: float | Mapping[str, int]) -> str:
    if not isinstance(fact, Mapping):
        return f"{fact:,}" if isinstance(fact, int) else f"{fact:,.4g}"
    if len(fact) > _VALUES_SHOWN:
        return f"{len(fact)} values"
    return ", ".join(f"{value} ×{photos}" for value, photos in Counter(fact).most_common())
