"""Whose runs a reports folder holds: two datasets may share a name, and must not share a table."""

import os
from pathlib import Path

from evaluate.errors import ReportsError
from evaluate.store.identity import ROOT


def check_owner(runs: Path, dataset_root: Path, claim: bool) -> None:
    """See that ``runs`` are those of ``dataset_root``; ``claim`` them if no one has.

    Raises:
        ReportsError: they are another folder's.
    """
    note, place = runs / ".root", dataset_root.resolve()
    # A clone may be moved, and the sets in it with it.
    root = str(place.relative_to(ROOT) if place.is_relative_to(ROOT) else place)
    if note.is_file() and (owner := os.fsdecode(note.read_bytes())) != root:
        raise ReportsError(
            f"{runs.parent} holds the runs of {owner}; add dataset.name=NAME for {root}, or "
            f"delete {note} if that is the same set in a new place"
        )
    if claim:
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_bytes(os.fsencode(root))
