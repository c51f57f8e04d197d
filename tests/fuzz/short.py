"""A few inputs for nearly every target, in one process: what the tests run.

    python -m tests.fuzz.short INPUTS SEED

Targets whose libraries take seconds to import are left to ``make fuzz``.
"""

import sys
import tempfile
import traceback
from pathlib import Path

from tests.fuzz.driver import quiet
from tests.fuzz.inputs import made_input, random_of
from tests.fuzz.targets.every import TARGETS

LEAST_SHARE = 0.15


def main(inputs: int, seed: int) -> int:
    """Try ``inputs`` of each target; the exit code."""
    quiet()
    code = 0
    with tempfile.TemporaryDirectory() as folder:
        for place, target in enumerate(TARGETS):
            if target.share < LEAST_SHARE:
                continue
            scratch = Path(folder) / str(place)
            scratch.mkdir()
            ready = target.prepare(scratch)
            for number in range(inputs):
                data = made_input(ready.corpus, random_of(seed, target.name, number))
                print(f"{target.name}: {data.hex()}", flush=True)
                try:
                    ready.check(data)
                except Exception:
                    print(f"{target.name}: {data!r}\n{traceback.format_exc()}", file=sys.stderr)
                    code = 1
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
