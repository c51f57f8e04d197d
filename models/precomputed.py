"""Precomputed masks as a row: ``root/<id>.png``, with optional times in ``root/times.csv``.

The masks are read as those of ground truth are (``datasets.reading``), by a decision of their own:
which level is the tool is voted by their borders, or given by ``foreground``. A mask must have its
photo's size. ``times.csv`` has the columns ``id,seconds``. A missing mask is a failed photo.
"""

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import get_args

from datasets.errors import DatasetError
from datasets.mask_set import MaskSet, mask_set
from datasets.reading import Choice, Foreground
from models.segmenter import ELSEWHERE, Prediction, Unavailable


class Precomputed:
    """Reads masks by photo id; runs no model."""

    def __init__(
        self,
        *,
        device: str,  # noqa: ARG002 - no model runs
        root: str,
        foreground: Foreground = "auto",
    ) -> None:
        self.device = ELSEWHERE
        self.root = Path(root).expanduser()
        if not self.root.is_dir():
            raise Unavailable(f"model.root={root} is not a folder; it must hold <id>.png masks")
        self._masks = {_nfc(path.stem): path for path in self.root.glob("*.png")}
        self._seconds = _times(self.root / "times.csv")
        self._set = _read_as(self._masks.values(), foreground, root)

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """Every file in the folder."""
        return sorted(p for p in Path(str(config["root"])).expanduser().glob("*") if p.is_file())

    def recall(self, sample_id: str) -> tuple[Prediction | None, float | None]:
        """The stored mask and its seconds; None for what is missing.

        The fact ``read_as`` says how the masks are read where white is not the tool.
        """
        path = self._masks.get(sample_id)
        seconds = self._seconds.get(sample_id)
        if path is None:
            return None, seconds
        reading = self._set.reading
        unusual = reading.signature or reading.polarity == "black"
        facts = {"read_as": reading.line} if unusual else {}
        return Prediction(self._set.levels(path), facts), seconds


def _read_as(masks: Iterable[Path], foreground: Foreground, root: str) -> MaskSet:
    if foreground not in get_args(Foreground):
        raise Unavailable(f"model.foreground={foreground}: use black, white or auto")
    try:
        return mask_set(masks, Choice(foreground, predicted=True), "masks")
    except DatasetError as error:
        reason = str(error).partition(";")[0]
        remedy = "export masks of two levels, or soft ones from 0 to 255"
        raise Unavailable(f"model.root={root}: {reason}; {remedy}") from error


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
