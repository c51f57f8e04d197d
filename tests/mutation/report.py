"""The table of killed and surviving mutants, and the survivors with the reason of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from tests.mutation.campaign import KILLED, LATE, SURVIVED, UNCOVERED, Result
from tests.mutation.explained import UNEXPLAINED, reason_of

_LONGEST = 100


@dataclass(frozen=True)
class Package:
    """The results of a package's sample, of ``every`` mutants that it has."""

    name: str
    every: int
    results: Sequence[Result]
    seconds: float


def share(results: Sequence[Result]) -> float:
    """The share of mutants that are killed; one that makes tests hang is."""
    return sum(one.outcome in {KILLED, LATE} for one in results) / max(1, len(results))


def line(result: Result) -> str:
    """A mutant's place and change, and what became of it."""
    mutant = result.mutant
    return f"{mutant.path}:{mutant.lines[0]} {mutant.change} ({result.outcome})"


def block(packages: Sequence[Package]) -> str:
    """Markdown: the table, then the survivors grouped by reason."""
    rows = [
        "| Package | Mutants | Sample | Killed | Timed out | Survived | Without a test | Share |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in packages:
        counts = [
            sum(result.outcome == outcome for result in one.results)
            for outcome in (KILLED, LATE, SURVIVED, UNCOVERED)
        ]
        numbers = [one.every, len(one.results), *counts]
        cells = [f"`{one.name}`", *map(str, numbers), f"{share(one.results):.1%}"]
        rows.append(f"| {' | '.join(cells)} |")
    by_reason: dict[str, list[Result]] = defaultdict(list)
    for one in packages:
        for result in one.results:
            if result.outcome in {SURVIVED, UNCOVERED}:
                by_reason[reason_of(result.mutant)].append(result)
    parts = ["\n".join(rows)]
    for reason in sorted(by_reason, key=lambda text: (text == UNEXPLAINED, text)):
        listed = [f"- {_shown(result)}" for result in by_reason[reason]]
        parts.append("\n".join([f"{reason}:", "", *listed]))
    return "\n\n".join(parts) + "\n"


def _shown(result: Result) -> str:
    mutant = result.mutant
    change = mutant.change
    if len(change) > _LONGEST:
        change = f"{change[:_LONGEST]}…"
    change = change.replace("`", "'")
    return f"`{mutant.path.removeprefix('evaluate/')}:{mutant.lines[0]}` `{change}`"
