"""``traits.json``: photo traits by id, valid for one dataset and one set of definitions."""

import json
from pathlib import Path
from typing import Any

TRAITS = "traits.json"


def stored_traits(path: Path, dataset_hash: str) -> dict[str, dict[str, Any]]:
    """The traits stored for a dataset, by photo id; {} if there are none or of another dataset."""
    try:
        stored = json.loads(path.read_bytes())
        return dict(stored["photos"]) if stored["dataset_hash"] == dataset_hash else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
