"""What a run has stored."""

import csv
from pathlib import Path
from typing import Any

from evaluate.store.formula_cells import texts_of


def read_scores(run: Path) -> dict[str, tuple[str, str]]:
    """``scores.csv`` as id -> (status, iou)."""
    with (run / "scores.csv").open(newline="", encoding="utf-8", errors="surrogatepass") as file:
        rows = list(csv.DictReader(file))
    ids = texts_of([row["id"] for row in rows])
    return {id_: (row["status"], row["iou"]) for id_, row in zip(ids, rows, strict=True)}


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
