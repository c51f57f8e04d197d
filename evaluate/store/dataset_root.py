"""Ties a reports folder to one dataset root: datasets of the same name must not share a table."""

import os
from pathlib import Path

from evaluate.errors import ReportsError
from evaluate.store.atomic import write_atomic
from evaluate.store.identity import ROOT


def check_owner(runs: Path, dataset_root: Path, claim: bool) -> None:
    """Check that ``runs`` belong to ``dataset_root``; with ``claim``, record that they do.

    Raises:
        ReportsError: they belong to another root.
    """
    note, place = runs / ".root", dataset_root.resolve()
    # Relative within the clone, which may be moved together with its datasets.
    root = str(place.relative_to(ROOT) if place.is_relative_to(ROOT) else place)
    if note.is_file() and (owner := os.fsdecode(note.read_bytes())) != root:
        raise ReportsError(
            f"{runs.parent} holds the runs of {owner}; add dataset.name=NAME for {root}, or "
            f"delete {note} if that is the same dataset in a new place"
        )
    if claim:
        write_atomic(note, os.fsencode(root))
