"""``make mutants``: change the code in small ways, and see whether the tests fail.

    make mutants [of=metrics,score,compare,gate] [sample=150] [seed=0]

``sample`` is the number of mutants of a package, ``all`` for every one. Without ``of``, the block
of docs/reliability.md is written again. Exit code 1: fewer than 85 % of a package's are killed.
"""

import os
import sys
import time
from collections.abc import Sequence

from tests.mutation.campaign import SURVIVED, TESTS, UNCOVERED, Result, run_package, sample_of
from tests.mutation.report import Package, block, line, share
from tests.support.pages import RELIABILITY, replace_block

SAMPLE = 150
LEAST_SHARE = 0.85


def main(words: Sequence[str]) -> int:
    settings = dict(word.split("=", 1) for word in words)
    if unknown := settings.keys() - {"of", "sample", "seed"}:
        sys.exit(f"{min(unknown)}: not a setting; use of, sample and seed")
    names = settings.get("of", ",".join(TESTS)).split(",")
    if wrong := set(names) - TESTS.keys():
        sys.exit(f"of={min(wrong)}: not one of {', '.join(TESTS)}")
    sample = settings.get("sample", str(SAMPLE))
    seed = int(settings.get("seed", "0"))
    found = [_run(name, None if sample == "all" else int(sample), seed) for name in names]
    command = " ".join(["make mutants", *words])
    text = block(found)
    print(text)
    if "of" not in settings:
        replace_block(RELIABILITY, "mutation", f"{text}\nMade by `{command}`.")
    return int(any(share(one.results) < LEAST_SHARE for one in found))


def _run(name: str, sample: int | None, seed: int) -> Package:
    mutants, every = sample_of(name, sample, seed)
    began = time.monotonic()
    done = 0

    def tell(result: Result) -> None:
        nonlocal done
        done += 1
        if result.outcome in {SURVIVED, UNCOVERED}:
            print(f"{name} {done}/{len(mutants)}  {line(result)}", file=sys.stderr, flush=True)

    results = run_package(name, mutants, os.cpu_count() or 1, tell)
    return Package(name, every, results, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
