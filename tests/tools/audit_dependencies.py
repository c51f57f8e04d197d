"""Look up the pinned packages among known vulnerabilities: ``make audit-dependencies``.

pip-audit runs in an environment of its own that uv makes, so it is no dependency; it asks PyPI.
Exit codes: 0 none is known · 1 some are, each with its fix · 2 the data cannot be reached, or
pip-audit fails. A package that was not looked up is never counted as sound.

CI shows the output and goes on: what is found tomorrow must not break a project that has not
changed. On GitHub each finding is an annotation as well.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PIP_AUDIT = "pip-audit==2.10.1"
PINS = Path(__file__).parents[2] / "requirements" / "all.txt"
# The pins have hashes and are complete, so pip has nothing to resolve.
OPTIONS = ("--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json")
LIMIT_S = 60
SOUND, VULNERABLE, NOT_AUDITED = 0, 1, 2
NAMED = 5


class NotAudited(Exception):
    """Nothing could be looked up; the text says why."""


def main() -> int:
    """Audit, print, return the exit code."""
    try:
        packages = _looked_up()
        found, unknown = list(_findings(packages)), _unknown(packages)
    except NotAudited as error:
        print(f"dependency audit skipped: {error}", file=sys.stderr)
        return NOT_AUDITED
    for line in found:
        print(line)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            print(f"::warning title=known vulnerability::{line}")
    looked_up = len(packages) - len(unknown)
    print(f"{looked_up} packages looked up, {len(found) or 'no'} known vulnerabilities")
    if unknown:
        more = " …" if len(unknown) > NAMED else ""
        print(f"not looked up, {len(unknown)}: {', '.join(unknown[:NAMED])}{more}")
    return VULNERABLE if found else SOUND


def _looked_up() -> list[dict[str, Any]]:
    """pip-audit's entry of each package.

    Raises:
        NotAudited: it does not run, or could look up no package.
    """
    uv = shutil.which("uv") or Path(sys.executable).with_name("uv")
    command = [str(uv), "tool", "run", "--quiet", PIP_AUDIT, *OPTIONS, "-r", str(PINS)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except subprocess.TimeoutExpired as error:
        raise NotAudited(f"pip-audit did not end within {LIMIT_S} s") from error
    except OSError as error:
        raise NotAudited(f"{uv} cannot be started ({error.strerror})") from error
    except (ValueError, KeyError, TypeError) as error:
        lines = done.stderr.split("\n")
        reason = next((line.strip() for line in reversed(lines) if line.strip()), "no output")
        raise NotAudited(f"pip-audit does not run ({reason[:200]})") from error
    if len(_unknown(packages)) == len(packages):
        reason = packages[0]["skip_reason"] if packages else "no packages"
        raise NotAudited(f"pip-audit cannot reach its data ({reason})")
    return packages


def _unknown(packages: Sequence[Mapping[str, Any]]) -> list[str]:
    """The packages that were not looked up."""
    return [str(package["name"]) for package in packages if "skip_reason" in package]


def _findings(packages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each vulnerability: package, version, its names, the fix."""
    for package in packages:
        for known in package.get("vulns", ()):
            names = ", ".join([known["id"], *known.get("aliases", ())])
            fixes = " or ".join(known.get("fix_versions", ()))
            remedy = f"fixed in {fixes}, run: make lock" if fixes else "no version fixes it yet"
            yield f"{package['name']} {package['version']}: {names}; {remedy}"


if __name__ == "__main__":
    sys.exit(main())
