"""Folders that the commands write to: writable, and with space."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from evaluate.doctor.check_result import CheckResult, ok, problem, warning

GB = 1e9
FULL_GB = 0.1
REPORTS_GB = 1  # masks and pages of a few hundred photos


def check_reports(reports: Path) -> Iterator[CheckResult]:
    """The folder of the reports."""
    yield from check_folder("reports", reports, REPORTS_GB, "give reports=DIR")


def check_folder(name: str, folder: Path, wanted_gb: float, other: str) -> Iterator[CheckResult]:
    """A folder, or the nearest one above it that exists, takes a file and has space.

    ``other`` is how another folder is chosen.
    """
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    text = f"{name} folder {folder}"
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
    except OSError as error:
        yield problem(
            f"{text}: {place} cannot be written ({error.strerror})",
            f"{other} with a folder that can, or change its permissions",
        )
        return
    free_gb = shutil.disk_usage(place).free / GB
    text += f": writable, {free_gb:.1f} GB free"
    remedy = f"free some space, or {other} on a larger disk"
    if free_gb < FULL_GB:
        yield problem(text, remedy)
    elif free_gb < wanted_gb:
        yield warning(text, remedy)
    else:
        yield ok(text)
