"""Masks traced by models, and ``traced.json``, which records the model that made each of them.

The record is written before the mask, so that no model's mask is ever taken for a person's.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datasets.arrays import Alpha
from datasets.pictures import encode_png
from evaluate.errors import CannotRun, ReportsError
from evaluate.store.atomic import write_atomic, write_json
from evaluate.store.run_folder import read_json
from models.segmenter import NoMask

TRACED = "traced.json"


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


def write_mask(root: Path, id_: str, alpha: Alpha, about: Mapping[str, Any]) -> None:
    """Record ``about`` and write a mask (uint8 H×W, 0 or 255) as ``root/masks/<id>.png``.

    Raises:
        NoMask: the file exists by now; it is kept.
    """
    path = root / "masks" / f"{id_}.png"
    if path.exists():
        raise NoMask(f"{path} has appeared meanwhile and is kept")
    write_json(root / TRACED, {**made_so_far(root), id_: dict(about)})
    write_atomic(path, encode_png(alpha))
