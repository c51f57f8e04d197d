"""The measured parts of docs/scale.md: each is printed, and written there with ``--document``."""

import datetime
import sys

from evaluate.store.identity import git
from tests.support.pages import replace_block
from tests.support.projects import ROOT
from tests.tools.machine import about_machine

SCALE = ROOT / "docs" / "scale.md"


class Block:
    """The block ``name`` of docs/scale.md, a line at a time."""

    def __init__(self, name: str, *, document: bool) -> None:
        self._name, self._document = name, document
        self._lines: list[str] = []

    def add(self, line: str) -> None:
        """Print a line, and keep it for the page."""
        print(line, flush=True)
        self._lines.append(line)

    def close(self, module: str, *packages: str) -> None:
        """Add how it was made: the command, the day, the commit, the machine, these packages."""
        words = [word for word in sys.argv[1:] if word != "--document"]
        if "--folder" in words:  # a place of this machine
            place = words.index("--folder")
            del words[place : place + 2]
        command = " ".join(["python -m", module, *words])
        today = datetime.datetime.now(datetime.UTC).date().isoformat()
        commit = str(git()["commit"] or "unknown")[:12]
        self.add(f"\nBy `{command}` on {today}, commit {commit}; {about_machine(*packages)}.")
        if self._document:
            replace_block(SCALE, self._name, "\n".join(self._lines))
