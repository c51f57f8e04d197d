"""The shapes of run.json, of a line of predictions.jsonl, of scores.json and paper.json."""

from typing import Any

from evaluate.store.formats.shapes import ANY, Each, expect_shape

_STEP = {"choice": str, "options": {}}
ABOUT = {
    "label": str,
    "command": str,
    "key": str,
    "row?": str,
    "shard?": str,
    "dataset?": {"photos?": int},
    "machines?": [str],
    "offline?": [{"engine": str, "workers": int, "photos": int, "seconds": float}],
    "licences?": Each(str),
    "git?": (None, {"commit?": (str, None)}),
    "identity": {
        "config": {"target": str, "options": {}, "steps?": Each(_STEP)},
        "files": ANY,
        "code": {"packages?": {}},
        "photos": ANY,
        "machine?": {},
        "conditions": {"threads": int},
    },
    "sessions": [
        {
            "started": str,
            "load_s": float,
            "device": str,
            "weights?": {},
            "warmup_s": [(float, None)],
            "load_before?": float,
            "load_during?": float,
        }
    ],
}
PREDICTION = {
    "id": str,
    "status": str,
    "seconds?": (float, None),
    "error?": (str, None),
    "traceback?": (str, None),
    "size?": ([int], None),
    "box?": ([int], None),
    "model_seconds?": (float, None),
    "facts?": (Each((str, float)), None),
    "candidates?": (int, None),
    "peak_rss_bytes?": (int, None),
    "rss_bytes?": (int, None),
    "session?": (int, None),
    "mask_sha256?": (str, None),
    "candidates_sha256?": (str, None),
    "photo_sha256?": (str, None),
    "packed?": (
        None,
        {"pack": str, "mask?": ([int], None), "candidates?": ([int], None)},
    ),
}
SCORING = {
    "cutoutbench": str,
    "dataset": str,
    "dataset_hash": str,
    "threshold": int,
    "scored": str,
    "notices": [str],
    "clearance_mm?": float,
    "inverse_iou?": (float, None),
    "scores_sha256": str,
}
PAPER = {
    "dataset_hash": str,
    "clearance_mm": float,
    "threshold": int,
    "curves": Each([float]),
    "paper_sha256": str,
}


def expect_prediction(stored: Any) -> dict[str, Any]:
    """``stored`` itself, the decoded line of predictions.jsonl.

    Raises:
        ValueError: it has another shape.
    """
    expect_shape(stored, PREDICTION)
    size, box = stored.get("size"), stored.get("box")
    if (size and (len(size) != 2 or min(size) < 1)) or (box and len(box) != 4):
        raise ValueError("size is not a height and a width, or box not x, y, width and height")
    line: dict[str, Any] = stored
    return line
