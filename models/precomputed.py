"""Precomputed masks as a row: ``root/<id>.png``, with optional times in ``root/times.csv``.

Any picture format will do, and a name that ``datasets.listing.names`` finds similar, as
``<id>_mask.jpg``.

The masks are read as those of ground truth are (``datasets.reading.decision``), by a decision of
their own: which level is the tool is voted by their borders, or given by ``foreground``. A mask
must have its photo's size. ``times.csv`` has the columns ``id,seconds``. A missing mask is a failed
photo.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import get_args

from datasets.errors import DatasetError
from datasets.listing.names import Names, bare_name, nfc
from datasets.listing.regular_file import not_a_file
from datasets.listing.tables import parse_number, read_csv
from datasets.listing.typed_path import expanded
from datasets.messages import few
from datasets.pictures import SUFFIXES
from datasets.reading.choice import Choice, Foreground
from datasets.reading.mask_set import MaskSet, mask_set
from models.segmenter import ELSEWHERE, Prediction, Unavailable

TIMES = "times.csv"


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
        self.root = expanded(root)
        if not self.root.is_dir():
            raise Unavailable(f"model.root={root} is not a folder; it must hold <id>.png masks")
        self._masks = _masks(self.root)
        self._names = Names(self._masks)
        self._seconds = _times(self.root / TIMES)
        self._set = _read_as(self._masks.values(), foreground, root)

    @classmethod
    def files(cls, config: Mapping[str, object]) -> list[Path]:
        """Every file in the folder."""
        return sorted(p for p in expanded(str(config["root"])).glob("*") if p.is_file())

    @classmethod
    def check(cls, config: Mapping[str, object], ids: Collection[str]) -> None:
        """Refuse a folder with no mask for any of the photos, and times for none of them.

        Raises:
            Unavailable: the text says what lies there and what was expected.
        """
        root = expanded(str(config["root"]))
        if not root.is_dir():
            return  # constructing says so
        masks, times, wanted = _masks(root), _times(root / TIMES), sorted(ids)
        names = Names(masks)
        only_times = bool(times) and not masks  # of a model that was slow and drew nothing
        if not only_times and not any(names.find(id_) for id_ in wanted):
            there = few(sorted(p.name for p in root.iterdir() if not p.name.startswith(".")))
            raise Unavailable(
                f"model.root={root}: no mask for any of {len(wanted)} photos; expected "
                f"{few([f'{id_}.png' for id_ in wanted])}; it holds {there or 'nothing'}"
            )
        if times and not any(id_ in times for id_ in wanted):
            raise Unavailable(
                f"{root / TIMES}: none of its ids is a photo's; expected {few(wanted)}; it holds "
                f"{few(sorted(times))}"
            )

    def recall(self, sample_id: str) -> tuple[Prediction | None, float | None]:
        """The stored mask and its seconds; None for what is missing.

        The fact ``read_as`` says how the masks are read where white is not the tool.
        """
        path = self._masks.get(self._names.find(sample_id) or "")
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


def _masks(root: Path) -> dict[str, Path]:
    """The pictures in a folder by stem; of two with one stem the PNG.

    Raises:
        Unavailable: the name of a picture is that of something else.
    """
    found = [path for path in sorted(root.iterdir()) if path.suffix.lower() in SUFFIXES]
    found = [path for path in found if not path.name.startswith(".")]
    for path in found:
        if kind := not_a_file(path):
            raise Unavailable(f"{path}: is {kind}, not a file; replace or remove it")
    return {nfc(p.stem): p for p in sorted(found, key=lambda p: p.suffix.lower() == ".png")}


def _times(path: Path) -> dict[str, float]:
    """Seconds by id; an id with a suffix stands for its stem too.

    Raises:
        Unavailable: the table or one of its lines cannot be used; the text says which and why.
    """
    if kind := not_a_file(path):
        raise Unavailable(f"{path}: is {kind}, not a file; replace or remove it")
    if not path.is_file():
        return {}
    times: dict[str, float] = {}
    bare: dict[str, float] = {}
    try:
        columns, rows = read_csv(path)
        if not {"id", "seconds"} <= set(columns):
            found = ", ".join(columns) or "nothing"
            raise ValueError(f"needs the columns id,seconds; it holds {found}")
        for row in rows:
            try:
                id_ = nfc(row.cells.get("id", ""))
                if not id_ or id_ in times or bare_name(id_) in bare:
                    raise ValueError(f"'{bare_name(id_)}' is listed twice" if id_ else "no id")
                times[id_] = parse_number(row.cells.get("seconds", ""))
                bare[bare_name(id_)] = times[id_]
                if times[id_] < 0:
                    raise ValueError(f"'{row.cells['seconds']}' is below 0")
            except ValueError as error:
                raise ValueError(f"line {row.line}: {error}") from error
    except (OSError, ValueError) as error:
        raise Unavailable(f"{path}: {error}; correct it or remove the file") from error
    return bare | times
