"""``make second-opinion``: every metric a second time, by definition, on random small pairs.

    make second-opinion [pairs=100000] [seed=0] [processes=N] [document=true]

Sides are 1 to 24 px; empty, full and constant planes are among them. HCE is not: its value depends
on OpenCV's polygons, and is compared with PySODMetrics instead (docs/metrics.md). Exit code 1 if
two values differ. With ``document=true`` the counts go to docs/reliability.md.
"""

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import cv2

from datasets.parallel import available_cores
from tests.second_opinion.compare import Twice, differs, every_metric
from tests.second_opinion.random_pairs import random_pair
from tests.support.pages import RELIABILITY, replace_block

BATCH = 500
DEFAULTS = {
    "pairs": "100000",
    "seed": "0",
    "processes": str(available_cores()),
    "document": "false",
}


@dataclass
class Agreement:
    """``different`` values are the first of each metric, with the pair's number.

    ``largest`` is the largest relative difference, of values that are not near 0.
    """

    pairs: int = 0
    values: int = 0
    largest: float = 0.0
    different: dict[str, tuple[int, Twice]] = field(default_factory=dict)


def compare_pairs(seed: int, numbers: Sequence[int]) -> Agreement:
    """Compare the metrics of some pairs."""
    cv2.setNumThreads(1)
    found = Agreement()
    for number in numbers:
        found.pairs += 1
        for one in every_metric(*random_pair(seed, number)):
            name, ours, theirs = one
            found.values += 1
            if abs(theirs) > 1e-6:
                found.largest = max(found.largest, abs(ours / theirs - 1))
            if differs(one):
                found.different.setdefault(name, (number, one))
    return found


def main(words: list[str]) -> int:
    """Run the command line; the exit code."""
    settings = {**DEFAULTS, **dict(word.partition("=")[::2] for word in words)}
    if settings.keys() != DEFAULTS.keys():
        print(__doc__, file=sys.stderr)
        return 2
    pairs, seed = int(settings["pairs"]), int(settings["seed"])
    batches = [range(n, min(pairs, n + BATCH)) for n in range(0, pairs, BATCH)]
    total = Agreement()
    with ProcessPoolExecutor(int(settings["processes"])) as pool:
        for part in pool.map(compare_pairs, [seed] * len(batches), batches):
            total.pairs += part.pairs
            total.values += part.values
            total.largest = max(total.largest, part.largest)
            total.different = part.different | total.different
            print(f"\r{total.pairs:,} pairs", end="", file=sys.stderr)
    print(file=sys.stderr)
    for name, (number, (_, ours, theirs)) in sorted(total.different.items()):
        print(f"{name}: {ours!r} and by definition {theirs!r}, pair {number}", file=sys.stderr)
    text = summary(total)
    print(text)
    if settings["document"] == "true":
        command = f"`make second-opinion pairs={pairs} seed={seed}`:\n\n"
        replace_block(RELIABILITY, "second opinion", command + text)
    return int(bool(total.different))


def summary(total: Agreement) -> str:
    """The counts as Markdown."""
    return (
        "| Pairs | Values | Metrics that differ | Largest relative difference |\n"
        "| ---: | ---: | ---: | ---: |\n"
        f"| {total.pairs:,} | {total.values:,} | {len(total.different)} | {total.largest:.0e} |"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
