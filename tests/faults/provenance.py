"""Of what a table in docs/reliability.md was made."""

import datetime
import platform
import subprocess

from tests.support.projects import ROOT


def provenance(command: str) -> str:
    """When, on what and of which commit a block was made, as a line under its table."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True,
        check=False,
    ).stdout.strip()  # fmt: skip
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"Made by `{command}` on {today}; {machine}; commit {commit or 'unknown'}."
