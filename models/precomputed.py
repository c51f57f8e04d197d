"""Precomputed masks as a row: ``root/<id>.png``, with optional times in ``root/times.csv``.

A mask is read like ground truth (white = foreground, or a cut-out's alpha channel) and must have
its photo's size. ``times.csv`` has the columns ``id,seconds``. A missing mask is a failed photo.
"""

import csv
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from datasets.arrays import Alpha
from datasets.pictures import read_levels
from models.segmenter import ELSEWHERE, Unavailable


class Precomputed:
    """Reads masks by photo id; runs no model."""

    def __init__(self, *, device: str, root: str) -> None:  # noqa: ARG002 - no model runs
        self.device = ELSEWHERE
        self.root = Path(root).expanduser()
        if not self.root.is_dir():
            raise Unavailable(f"model.root={root} is not a folder; it must hold <id>.png masks")
        self._masks = {_nfc(path.stem): path for path in self.root.glob("*.png")}
        self._seconds = _times(self.root / "times.csv")

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """Every file in the folder."""
        return sorted(p for p in Path(str(config["root"])).expanduser().glob("*") if p.is_file())

    def recall(self, sample_id: str) -> tuple[Alpha | None, float | None]:
        """The stored mask as an Alpha (uint8 H×W) and its seconds; either is None if missing."""
        path = self._masks.get(sample_id)
        return (read_levels(path)[0] if path else None), self._seconds.get(sample_id)


def _times(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            times = {_nfc(row["id"]): float(row["seconds"]) for row in csv.DictReader(file)}
        if not all(0 <= seconds < float("inf") for seconds in times.values()):
            raise ValueError("seconds must be finite and not negative")
        return times
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"{path}: needs the columns id,seconds ({error!r})") from error


def _nfc(name: str) -> str:
    """``name`` in the Unicode form of photo ids (NFC); macOS decomposes file names."""
    return unicodedata.normalize("NFC", name)
