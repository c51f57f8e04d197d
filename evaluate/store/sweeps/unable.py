"""Models that could not run in a sweep: a file each in ``unable/`` beside ``runs/``.

They keep their rows in the next comparisons, as N/A with the reason, until the model runs or the
file is deleted. A model that has a run has no such file.
"""

from dataclasses import dataclass
from pathlib import Path

from evaluate.errors import ReportsError
from evaluate.store.atomic import write_json
from evaluate.store.formats.shapes import expect_shape
from evaluate.store.run_folder import read_json

UNABLE = "unable"  # in a dataset's folder of reports


@dataclass(frozen=True)
class Unable:
    """A model that could not run, and why. It is tried again by each command that names it."""

    row: str
    label: str
    reason: str


def keep_unable(folder: Path, one: Unable) -> None:
    """Store it, unless the row has a run; ``folder`` is a dataset's folder of reports."""
    if not (folder / "runs" / one.row).is_dir():
        write_json(folder / UNABLE / f"{one.row}.json", vars(one))


def forget_unable(folder: Path, row: str) -> None:
    """The row's model has run."""
    (folder / UNABLE / f"{row}.json").unlink(missing_ok=True)


def kept_unable(folder: Path) -> list[Unable]:
    """Those that are stored, sorted by row.

    Raises:
        ReportsError: a file is damaged.
    """
    found = []
    for path in sorted((folder / UNABLE).glob("*.json")):
        content = read_json(path)
        try:
            expect_shape(content, {"row": str, "label": str, "reason": str})
        except ValueError as error:
            raise ReportsError(f"{path}: damaged ({error}); delete it") from error
        found.append(Unable(content["row"], content["label"], content["reason"]))
    return found
