"""A row's results as ``model-index``, the metadata of a model card on the Hugging Face Hub.

Each file is a block of YAML to paste between the ``---`` lines of a card. The dataset is not
published: its ``revision`` is the hash of the photos and the ground truth.
Source: modelcard.md in huggingface/hub-docs.
"""

import yaml

from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.row import LEVELS, Row
from evaluate.display.text import printable
from evaluate.store.atomic import file_name
from evaluate.store.scores import Scoring

FOLDER = "model-index"


def card_blocks(comparison: Comparison) -> dict[str, bytes]:
    """The block of each row with quality, by its path below the reports' folder."""
    return {
        f"{FOLDER}/{file_name(row.row)}.yaml": _block(row, comparison.scoring)
        for row in comparison.ranked
    }


def _block(row: Row, scoring: Scoring) -> bytes:
    shares = {
        f"share_iou_above_{level:g}": (
            f"Share of photos with IoU above {level:g}",
            row.above(level) / len(row.ious),
        )
        for level in LEVELS
    }
    metrics = {"median_iou": ("Median IoU", row.median), **shares}
    known = scoring.threshold is not None
    args = {"args": {"threshold": scoring.threshold}} if known else {}
    name = printable(scoring.dataset)
    result = {
        "task": {"type": "image-segmentation", "name": "Image Segmentation"},
        "dataset": {
            "type": file_name(name),
            "name": name,
            "revision": scoring.dataset_hash,
            "args": {"photos": len(row.ious), "failed": row.failed},
        },
        "metrics": [
            {"type": kind, "value": value, "name": text, **args}
            for kind, (text, value) in metrics.items()
        ],
    }
    index = {"model-index": [{"name": printable(row.label), "results": [result]}]}
    return bytes(yaml.safe_dump(index, sort_keys=False, encoding="ascii", width=1000))
