"""docs/reliability.md: each command that tests reliability owns one block of it.

A block stands between ``<!-- NAME -->`` and ``<!-- /NAME -->`` and is replaced as a whole, so a
command leaves what others wrote.
"""

import datetime
import platform
import re
import subprocess
from pathlib import Path

from tests.support.projects import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"


def write_block(name: str, text: str, document: Path = DOCUMENT) -> None:
    """Replace the block ``name``, or add it at the end."""
    page = document.read_text("utf-8") if document.exists() else "# Reliability\n"
    block = f"<!-- {name} -->\n{text.strip()}\n<!-- /{name} -->"
    found = re.compile(rf"<!-- {re.escape(name)} -->\n.*?<!-- /{re.escape(name)} -->", re.DOTALL)
    if found.search(page):
        page = found.sub(lambda _: block, page)
    else:
        page = f"{page.rstrip()}\n\n{block}\n"
    document.write_text(page, "utf-8")


def provenance(command: str) -> str:
    """When, on what and of which commit a block was made, as a line under its table."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"Made by `{command}` on {today}; {machine}; commit {commit or 'unknown'}."
