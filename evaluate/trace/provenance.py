"""Masks traced by models, and ``traced.json``, which records the model that made each of them.

The record is written before the mask, so that no model's mask is ever taken for a person's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from datasets.arrays import THRESHOLD, Alpha, Mask, to_levels, to_mask
from datasets.pictures import encode_png, read_mask_png
from evaluate.errors import CannotRun, ReportsError
from evaluate.store.atomic import write_atomic, write_json
from evaluate.store.run_folder import read_json
from models.segmenter import NoMask

TRACED, ALPHAS = "traced.json", "alphas"


def made_so_far(root: Path) -> dict[str, Any]:
    """The records of ``traced.json`` by photo id.

    Raises:
        CannotRun: it is damaged. Without it, traced masks would be taken for a person's.
    """
    try:
        return read_json(root / TRACED) if (root / TRACED).is_file() else {}
    except ReportsError as error:
        text = f"{root / TRACED}: damaged; restore it, or remove it and its masks"
        raise CannotRun(text) from error


def write_mask(
    root: Path, id_: str, alpha: Alpha, threshold: int, about: Mapping[str, Any]
) -> None:
    """Record ``about`` and write an Alpha (uint8 H×W) as ``root/masks/<id>.png``.

    The mask is cut at ``threshold``, which is recorded too. The Alpha itself goes to
    ``root/alphas/<id>.png``; its outlines are more exact than the mask's.

    Raises:
        NoMask: the file exists by now; it is kept.
    """
    path = root / "masks" / f"{id_}.png"
    if path.exists():
        raise NoMask(f"{path} has appeared meanwhile and is kept")
    write_json(root / TRACED, {**made_so_far(root), id_: {**about, "threshold": threshold}})
    write_atomic(root / ALPHAS / path.name, encode_png(alpha))
    write_atomic(path, encode_png(to_levels(to_mask(alpha, threshold))))


def traced_alpha(root: Path, id_: str, mask: Mask, records: Mapping[str, Any]) -> tuple[Alpha, int]:
    """The Alpha (uint8 H×W) that ``mask`` (bool H×W) was cut from, and the threshold.

    ``records`` are those of ``made_so_far``. A mask that was redrawn by hand has none: it is
    returned as an Alpha itself.
    """
    path = root / ALPHAS / f"{id_}.png"
    alpha = read_mask_png(path) if path.is_file() else None
    if alpha is not None:
        record = records.get(id_)
        threshold = record.get("threshold") if isinstance(record, dict) else None
        level = threshold if type(threshold) is int else THRESHOLD
        if np.array_equal(to_mask(alpha, level), mask):
            return alpha, level
    return to_levels(mask), THRESHOLD
