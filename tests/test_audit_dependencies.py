"""``make audit-dependencies``: what it says of each answer of pip-audit, which a stub gives."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.projects import ROOT

SOUND = {"name": "numpy", "version": "2.3.1", "vulns": []}
SKIPPED = {"name": "torch", "skip_reason": "Dependency not found on PyPI: torch (2.8.0)"}
FOUND = {
    "name": "pillow", "version": "9.0.0", "vulns": [
        {"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["9.0.1"], "description": "…"},
        {"id": "PYSEC-2", "aliases": [], "fix_versions": [], "description": "…"},
    ],
}  # fmt: skip


def audit(
    folder: Path, script: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The audit, with a shell script in the place of uv."""
    (folder / "uv").write_text(f'#!/bin/sh\necho "$@" > {folder}/asked\n{script}\n')
    (folder / "uv").chmod(0o755)
    return subprocess.run(
        [sys.executable, "-m", "tests.tools.audit_dependencies"], cwd=ROOT,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "GITHUB_ACTIONS": "",
             **(env or {})},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def answer(*packages: Mapping[str, object]) -> str:
    return f"echo '{json.dumps({'dependencies': packages, 'fixes': []})}'"


def test_findings_name_package_and_fix(tmp_path: Path) -> None:
    done = audit(tmp_path, f"{answer(SOUND, FOUND, SKIPPED)}; exit 1")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "pillow 9.0.0: PYSEC-1, CVE-1; fixed in 9.0.1, run: make lock",
        "pillow 9.0.0: PYSEC-2; no version fixes it yet",
        "2 packages looked up, 2 known vulnerabilities",
        "not looked up, 1: torch",
    ]
    assert "all.txt" in (tmp_path / "asked").read_text()


def test_findings_are_annotations_on_github(tmp_path: Path) -> None:
    done = audit(tmp_path, answer(FOUND), {"GITHUB_ACTIONS": "true"})
    assert "::warning title=known vulnerability::pillow 9.0.0: PYSEC-2;" in done.stdout


def test_no_findings(tmp_path: Path) -> None:
    done = audit(tmp_path, answer(SOUND))
    assert (done.returncode, done.stdout) == (0, "1 packages looked up, no known vulnerabilities\n")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (answer(SKIPPED), r"cannot reach its data \(Dependency not found on PyPI: torch"),
        (answer(), "cannot reach its data"),
        ("echo 'no such package' >&2; exit 1", r"does not run \(no such package\)"),
        ("echo '[]'", "does not run"),
    ],
)
def test_what_is_not_looked_up_is_not_sound(tmp_path: Path, script: str, reason: str) -> None:
    done = audit(tmp_path, script)
    assert done.returncode == 2
    assert re.search(f"^dependency audit skipped: pip-audit {reason}", done.stderr)
    assert done.stdout == ""


def test_ci_goes_on_after_the_audit() -> None:
    script = (ROOT / ".ci" / "run").read_text()
    assert re.search(r"^make audit-dependencies \|\| ", script, re.MULTILINE)


def test_pip_audit_is_no_dependency() -> None:
    assert "pip-audit" not in (ROOT / "pyproject.toml").read_text()
    assert not re.search(
        "^pip-audit", (ROOT / "requirements" / "all.txt").read_text(), re.MULTILINE
    )
