"""What a run has stored."""

import csv
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from datasets.caching.file_hash import file_hash
from evaluate.store.formats.formula_cells import texts_of
from evaluate.store.run_folder import PredictionRecord, Run


def read_scores(run: Path) -> dict[str, tuple[str, str]]:
    """``scores.csv`` as id -> (status, iou)."""
    with (run / "scores.csv").open(newline="", encoding="utf-8", errors="surrogatepass") as file:
        rows = list(csv.DictReader(file))
    ids = texts_of([row["id"] for row in rows])
    return {id_: (row["status"], row["iou"]) for id_, row in zip(ids, rows, strict=True)}


def rewrite(run: Path, change: Callable[[PredictionRecord], PredictionRecord] = copy) -> None:
    """Change the lines of a run, which then speak of its masks as they are now."""
    stored = Run(run)
    records = stored.predictions().values()
    stored.lines.unlink()
    for record in records:
        mask = stored.mask(record.id)
        known = file_hash(mask) if mask.is_file() else record.mask_sha256
        stored.append(replace(change(record), mask_sha256=known))


def lines(run: Path) -> list[str]:
    """A run's predictions.jsonl, a line a photo."""
    path = run / "predictions.jsonl"
    return path.read_text().splitlines() if path.exists() else []


def stored_about(label: str) -> dict[str, Any]:
    """The least that a run.json holds."""
    return {
        "label": label,
        "command": "make eval",
        "key": "k",
        "sessions": [],
        "identity": {
            "config": {"target": "models.x.X", "options": {}},
            "files": "",
            "code": {},
            "photos": "",
            "conditions": {"threads": 1},
        },
    }
