"""A row of a photo table: its numbers from the columns, the rest as stored with the table."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from evaluate.compare.rows.memory_growth import Growth
from evaluate.compare.rows.offline import OfflineSpeed
from evaluate.compare.rows.photo_values import Photos
from evaluate.compare.rows.row import NOWHERE, Row, measured_fields
from evaluate.store.photo_table.read import TablePart

# What is known of a run whatever photos of it are compared.
_OF_RUN: dict[str, Any] = {
    "load_s": None,
    "first_call_s": None,
    "device": NOWHERE,
    "threads": 0,
    "command": "",
    "model": "",
    "crop": "full",
    "licences": "",
    "clearance_mm": None,
}
# What was computed from all of its photos, and is left out if some are missing.
_OF_ALL: dict[str, Any] = {
    "uncropped": 0,
    "facts": {},
    "inverse": None,
    "unstable": "",
    "damaged_lines": 0,
}


def whole_row(row: Row) -> dict[str, Any]:
    """What photos.parquet stores of a row beside its photos, as values of JSON's types."""
    stored = {name: getattr(row, name) for name in (*_OF_RUN, *_OF_ALL)}
    growth = row.growth and dataclasses.asdict(row.growth)
    offline = row.offline and dataclasses.asdict(row.offline)
    return {**stored, "growth": growth, "photos": len(row.ious), "offline": offline}


def table_row(part: TablePart, about: Mapping[str, Any], photos: Photos) -> Row:
    """The row of some photos; ``about`` is its ``whole_row``, or empty if it is not known."""
    scored = part.scores.counted
    stored = {name: about.get(name, default) for name, default in _OF_RUN.items()}
    whole = about if about.get("photos") == len(scored) else {}
    stored |= {name: whole.get(name, default) for name, default in _OF_ALL.items()}
    growth, offline = whole.get("growth"), about.get("offline")
    speed = OfflineSpeed(**offline) if offline else None
    return Row(
        **measured_fields(scored, part.predictions.of(scored.ids), photos, speed),
        **stored,
        row=part.row,
        label=part.label,
        growth=Growth(**growth) if growth else None,
        overhanging=part.overhanging,
    )
