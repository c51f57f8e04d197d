"""``traits.json``: photo traits by id, valid for one dataset and one set of definitions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluate.errors import ReportsError
from evaluate.store.atomic import write_json
from evaluate.store.formats.shapes import Each, expect_shape
from evaluate.store.identity import key
from evaluate.store.run_folder import read_json

TRAITS = "traits.json"


def write_traits(
    path: Path, dataset_hash: str, definitions: str, photos: Mapping[str, Mapping[str, Any]]
) -> None:
    """Store the traits of a dataset, measured as ``definitions``, the hash of that code, says."""
    of = _of(dataset_hash, definitions)
    write_json(path, {"of": of, "dataset_hash": dataset_hash, "photos": photos})


def stored_traits(
    path: Path, dataset_hash: str, definitions: str | None = None
) -> dict[str, dict[str, Any]]:
    """The traits stored for a dataset, by photo id; {} if there are none, or of another one.

    With ``definitions``, {} also if they were measured by others.
    """
    try:
        stored = read_json(path)
        fits = stored["dataset_hash"] == dataset_hash
        if definitions is not None:
            fits = fits and stored["of"] == _of(dataset_hash, definitions)
        if fits:
            expect_shape(stored["photos"], Each(Each((float, bool, str, None))))
        return dict(stored["photos"]) if fits else {}
    except (ReportsError, OSError, KeyError, TypeError, ValueError):
        return {}


def _of(dataset_hash: str, definitions: str) -> str:
    return key({"dataset": dataset_hash, "definitions": definitions})
