"""``make metamorphic``: what a change of all inputs must do to the results, on many examples.

    make metamorphic [examples=1000] [document=true]

Masks are flipped, turned, transposed, padded, doubled, swapped and complemented; photos and rows
are permuted, renamed, copied and doubled. With ``document=true`` the counts go to
docs/reliability.md.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.metamorphic.examples import VARIABLE
from tests.support.pages import RELIABILITY, replace_block
from tests.support.projects import ROOT

FOLDER = Path(__file__).parent.relative_to(ROOT)
DEFAULTS = {"examples": "1000", "document": "false"}


def main(words: list[str]) -> int:
    """Run the command line; the exit code."""
    settings = {**DEFAULTS, **dict(word.partition("=")[::2] for word in words)}
    if settings.keys() != DEFAULTS.keys():
        print(__doc__, file=sys.stderr)
        return 2
    examples = int(settings["examples"])
    command = [sys.executable, "-m", "pytest", "-n", "0", "-v", str(FOLDER)]
    environment = {**os.environ, VARIABLE: str(examples)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        print(done.stdout, done.stderr, file=sys.stderr)
        return done.returncode
    held = [
        line.split("::")[1].split(" ")[0] for line in done.stdout.splitlines() if "PASSED" in line
    ]
    text = "\n".join(
        [
            f"`make metamorphic examples={examples}`: {len(held)} properties hold, each on up to "
            f"{examples:,} examples.\n",
            *(f"- {_sentence(name)}" for name in held),
        ]
    )
    print(text)
    if settings["document"] == "true":
        replace_block(RELIABILITY, "metamorphic", text)
    return 0


def _sentence(test: str) -> str:
    name, _, variant = test.removeprefix("test_").partition("[")
    words = name.replace("_", " ").capitalize()
    return f"{words}: {variant.removesuffix(']')}" if variant else words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
