"""Masks made elsewhere become a row: ``root/<id>.png``, timed by an optional ``root/times.csv``.

A mask is 8-bit gray, white = foreground, or a cut-out whose alpha channel is the mask, and has
its photo's size. ``times.csv`` has the columns ``id,seconds``. A missing mask is a failed photo.
"""

import csv
import unicodedata
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from datasets.arrays import Alpha
from models.segmenter import Unavailable


class Precomputed:
    """Looks masks up by id; runs nothing."""

    def __init__(self, *, device: str, root: str) -> None:  # noqa: ARG002 - nothing runs on it
        self.device = "elsewhere"
        self.root = Path(root).expanduser()
        if not self.root.is_dir():
            raise Unavailable(f"model.root={root} is not a folder; it must hold <id>.png masks")
        # macOS writes names decomposed; ids are composed
        self._masks = {unicodedata.normalize("NFC", p.stem): p for p in self.root.glob("*.png")}
        self._seconds = _times(self.root / "times.csv")

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """Every file in the folder."""
        return sorted(p for p in Path(str(config["root"])).expanduser().glob("*") if p.is_file())

    def recall(self, sample_id: str) -> tuple[Alpha | None, float | None]:
        """The stored mask as an Alpha (uint8 H×W), and its seconds."""
        path = self._masks.get(sample_id)
        return (_read(path) if path else None), self._seconds.get(sample_id)


def _read(path: Path) -> Alpha:
    try:
        with Pillow.open(path) as picture:
            if "A" in picture.getbands():
                return np.array(picture.getchannel("A"))
            if picture.mode not in ("1", "L", "P", "RGB"):
                raise ValueError(f"mode {picture.mode}; save it as 8-bit gray")
            return np.array(picture.convert("L"))
    except (OSError, SyntaxError, Pillow.DecompressionBombError) as error:
        raise ValueError(f"{path} cannot be read ({error}); export it again") from error


def _times(path: Path) -> dict[str, float]:
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            times = {row["id"]: float(row["seconds"]) for row in csv.DictReader(file)}
        if not all(0 <= seconds < float("inf") for seconds in times.values()):
            raise ValueError("seconds must be finite and not negative")
        return times
    except (KeyError, TypeError, ValueError) as error:
        raise Unavailable(f"{path}: needs the columns id,seconds ({error!r})") from error
