"""A stored run's lines, and where its masks and candidates lie: in files or in packs."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets.decoding.file_part import FilePart
from models.segmenter import Unavailable

LINES = "predictions.jsonl"


def latest_lines(run: Path) -> list[dict[str, Any]]:
    """The latest line of each photo; an incomplete last line is ignored.

    Raises:
        Unavailable: predictions.jsonl is damaged.
    """
    path = run / LINES
    lines = path.read_bytes().split(b"\n")[:-1] if path.is_file() else []
    try:
        latest = {line["id"]: line for line in map(json.loads, lines)}
        times = [line["seconds"] for line in latest.values()]
        if not all(seconds is None or 0 <= seconds < math.inf for seconds in times):
            raise ValueError("seconds are not a number")
    except (ValueError, KeyError, RecursionError, TypeError) as error:
        raise _damaged(path, error) from error
    return [*latest.values()]


def packed_parts(run: Path, lines: Sequence[dict[str, Any]], kind: str) -> dict[str, FilePart]:
    """By id, where the ``mask`` or the ``candidates`` of photos lie that are in packs.

    Raises:
        Unavailable: a line is damaged.
    """
    found: dict[str, FilePart] = {}
    try:
        for line in lines:
            packed = line.get("packed") or {}
            if packed.get(kind) is not None:
                offset, length = packed[kind]
                name = Path(packed["pack"]).name  # no path leads out of the run
                found[line["id"]] = FilePart(run / "packs" / name, int(offset), int(length))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise _damaged(run / LINES, error) from error
    return found


def files_of_run(run: Path, folder: str, suffix: str) -> list[Path]:
    """All that a model reads of a run: files of one ``folder``, packs, and the lines."""
    stored = [*sorted((run / folder).glob(f"*{suffix}")), *sorted((run / "packs").glob("*.pack"))]
    return [*stored, *([run / LINES] if (run / LINES).is_file() else [])]


def _damaged(path: Path, error: Exception) -> Unavailable:
    return Unavailable(f"{path}: damaged ({error!r}); run its model again")
