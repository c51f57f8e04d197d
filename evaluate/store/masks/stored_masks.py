"""The masks and candidates that a run has stored, read here whether they are files or in packs.

A photo's line in predictions.jsonl says where they lie: in ``masks/<id>.png`` and
``candidates/<id>.json``, or, if it has ``packed``, in a file of ``packs/`` at an offset. A pack is
the same PNG and JSON files, one behind the other, so every part of it can be copied out as a file.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from datasets.arrays import Alpha
from datasets.caching.file_hash import file_hash
from datasets.decoding.file_part import FilePart
from datasets.decoding.file_stamp import stamp_of
from datasets.pictures import decode_mask_png, read_mask_png
from evaluate.errors import ReportsError
from evaluate.store.atomic import ends_with
from evaluate.store.run_folder import OK, PredictionRecord, Run

PNG_END = b"\0\0\0\0IEND\xaeB`\x82"  # the last chunk of every PNG


def mask_place(run: Run, prediction: PredictionRecord) -> Path | FilePart:
    """Where a photo's Alpha lies, an 8-bit gray PNG; it need not be there."""
    packed = prediction.packed
    if packed is None or packed.mask is None:
        return run.mask(prediction.id)
    return FilePart(run.packs / packed.pack, *packed.mask)


def candidates_place(run: Run, prediction: PredictionRecord) -> Path | FilePart:
    """Where a photo's candidates lie (``models.prompting.candidates``); they need not be there."""
    packed = prediction.packed
    if packed is None or packed.candidates is None:
        return run.candidates(prediction.id)
    return FilePart(run.packs / packed.pack, *packed.candidates)


def has_mask(run: Run, prediction: PredictionRecord) -> bool:
    """Whether a photo's Alpha is there as it was predicted.

    A power cut may have taken its end, where its hash is not known.
    """
    place = mask_place(run, prediction)
    if isinstance(place, Path):
        return ends_with(place, PNG_END) and _is_same(place, prediction.mask_sha256)
    return _is_same(place, prediction.mask_sha256)


def has_candidates(run: Run, prediction: PredictionRecord) -> bool:
    """Whether a photo's candidates are there as they were proposed."""
    place = candidates_place(run, prediction)
    is_there = not isinstance(place, Path) or place.is_file()
    return is_there and _is_same(place, prediction.candidates_sha256)


def place_exists(place: Path | FilePart) -> bool:
    """Whether there is a file, or a pack, at a place."""
    return (place if isinstance(place, Path) else place.path).is_file()


def place_hash(place: Path | FilePart) -> str:
    """sha256 of what lies there, in hex; the name of the error where it cannot be read."""
    if isinstance(place, Path):
        return file_hash(place)
    try:
        return hashlib.sha256(place.read_bytes()).hexdigest()
    except OSError as error:
        return type(error).__name__


def mask_version(run: Run, prediction: PredictionRecord) -> int:
    """A number that changes with a photo's mask: its file's time of change, in ns.

    A pack changes with every photo, so for a packed mask the number is made of its hash.

    Raises:
        OSError: there is no such file.
    """
    place = mask_place(run, prediction)
    if isinstance(place, Path):
        return place.stat().st_mtime_ns
    return int((prediction.mask_sha256 or place_hash(place))[:14], 16)


def stored_alpha(run: Run, prediction: PredictionRecord) -> Alpha:
    """Read a run's Alpha (uint8 H×W) of a photo.

    Raises:
        ReportsError: it is missing, damaged or another one; the next run predicts the photo again.
    """
    place = mask_place(run, prediction)
    if isinstance(place, FilePart):
        return _packed_alpha(run, place, prediction.mask_sha256)
    before = stamp_of(place)
    alpha = read_mask_png(place)
    if alpha is None:
        place.unlink(missing_ok=True)
        raise ReportsError(f"{place} is missing or damaged; run: {run.about()['command']}")
    if not _is_same(place, prediction.mask_sha256) or stamp_of(place) != before:
        raise _another(run, place)
    return alpha


def readable_alpha(run: Run, prediction: PredictionRecord) -> Alpha | None:
    """A photo's Alpha (uint8 H×W), its hash not looked at; None if there is none or no picture."""
    if prediction.status != OK:
        return None
    try:
        return decode_mask_png(mask_place(run, prediction).read_bytes())
    except OSError:
        return None


def mask_files(run: Run, ids: Iterable[str]) -> list[Path]:
    """The files of which one is newer if any mask of these photos is another."""
    packed = [run.lines] if run.packs.is_dir() else []
    return [*packed, *map(run.mask, ids)]


def _packed_alpha(run: Run, place: FilePart, sha256: str | None) -> Alpha:
    try:
        encoded = place.read_bytes()
    except OSError as error:
        raise ReportsError(
            f"{place} is missing or damaged; run: {run.about()['command']}"
        ) from error
    if sha256 is not None and hashlib.sha256(encoded).hexdigest() != sha256:
        raise _another(run, place)
    alpha = decode_mask_png(encoded)
    if alpha is None:
        raise ReportsError(f"{place} is missing or damaged; run: {run.about()['command']}")
    return alpha


def _another(run: Run, place: Path | FilePart) -> ReportsError:
    return ReportsError(
        f"{place} is not the mask that was predicted: its hash is another; "
        f"run: {run.about()['command']}"
    )


def _is_same(place: Path | FilePart, sha256: str | None) -> bool:
    """Whether what lies there has this hash; True where none was recorded."""
    return sha256 is None or place_hash(place) == sha256
