"""Fetch a weight file from the first of its places that has it, and verify it."""

import errno
import fcntl
import hashlib
import logging
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from models.remote.redact import without_credentials
from models.segmenter import Unavailable, WeightsUnavailable, one_line
from models.weights.download import DownloadError, megabytes
from models.weights.places import DISK_FULL, Place

if TYPE_CHECKING:
    from models.weights.weight_file import WeightFile

log = logging.getLogger(__name__)


def fetch_missing(file: "WeightFile") -> None:
    """Fetch a file that is missing or has the wrong hash.

    Raises:
        WeightsUnavailable: it could not be had anywhere, or not be written.
        Unavailable: the disk is full.
    """
    places = file.places
    if os.environ.get("CUTOUTBENCH_OFFLINE") and not all(place.is_local for place in places):
        where = " or ".join(place.name for place in places)
        raise WeightsUnavailable(
            f"weights {file.name} are {'damaged' if file.path.exists() else 'missing'} and "
            f"weights.offline=true; leave that out, or get them from {where} and "
            f"{_by_hand(file)}"
        )
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file.path):
            if not is_verified(file):  # another process may have fetched it meanwhile
                _replace(file, places)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise Unavailable(
                f"{file.path.parent}: no space for {file.name} ({megabytes(file.size_bytes)}); "
                "free some, or export CUTOUTBENCH_HOME=DIR with a folder on a larger disk"
            ) from error
        raise _nowhere(file, [(places[0], error)]) from error


def _replace(file: "WeightFile", places: Sequence[Place]) -> None:
    """Fetch the file from the first place that has it.

    Raises:
        WeightsUnavailable: none has; the text names each.
    """
    path = file.path
    if path.exists() and file.known_hash:
        log.warning("%s: wrong hash, expected %s; replacing it", path, file.known_hash)
    failed: list[tuple[Place, OSError]] = []
    for place in places:
        if failed:
            log.warning("%s: not from %s; trying %s", file.name, _told(*failed[-1]), place.name)
        else:
            log.warning("fetching %s (%s, licence: %s) from %s to %s", file.name,
                        megabytes(file.size_bytes), file.licence, place.name, path)  # fmt: skip
        try:
            part = _obtain(file, place)
        except DownloadError as error:
            _unpacked(file).unlink(missing_ok=True)
            failed.append((place, error))
            continue
        file.note_origin(place.name)
        part.replace(path)
        _part(file).unlink(missing_ok=True)
        if not file.hash:
            file.note_hash()
        return
    raise _nowhere(file, failed)


def _obtain(file: "WeightFile", place: Place) -> Path:
    """The verified file, still under a preliminary name.

    Raises:
        DownloadError: the place does not have it.
        OSError: it cannot be written.
    """
    part = _part(file) if place.resumes else _unpacked(file)
    if not (file.hash and place.resumes):  # without a hash, a partial file cannot be verified
        part.unlink(missing_ok=True)
    resumed_bytes = part.stat().st_size if part.exists() else 0
    if (file.size_bytes or 0) - resumed_bytes > shutil.disk_usage(part.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    place.obtain(part)
    if resumed_bytes and not _matches(part, file.known_hash):
        log.warning("%s: the partial file was of other content; starting over", part)
        part.unlink()
        place.obtain(part)
    if not _matches(part, file.known_hash):
        part.unlink()
        raise DownloadError(f"the {str(file.known_hash).partition(':')[0]} differs")
    with part.open("rb") as whole:
        os.fsync(whole.fileno())
    return part


def _part(file: "WeightFile") -> Path:
    """The partial download, which a later call resumes."""
    return file.path.with_name(f"{file.name}.part")


def _unpacked(file: "WeightFile") -> Path:
    """The preliminary name of a file that is not resumed, beside what a later call may resume."""
    return file.path.with_name(f"{file.name}.unpacked")


def _nowhere(file: "WeightFile", failed: Sequence[tuple[Place, OSError]]) -> WeightsUnavailable:
    where = ", nor from ".join(_told(place, error) for place, error in failed)
    those = "that" if len(failed) == 1 else "one of these"
    return WeightsUnavailable(
        f"weights {file.name} could not be fetched from {where}; fix {those} and run again, or "
        f"{_by_hand(file)}"
    )


def _told(place: Place, error: OSError) -> str:
    return f"{place.name} ({one_line(without_credentials(str(error)))})"


def _by_hand(file: "WeightFile") -> str:
    """What a person may do instead."""
    known = f" ({file.hash})" if file.hash else ""
    other = f"; or use model.{file.alternative}" if file.alternative else ""
    return f"put the file{known} at {file.path}{other}"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let one process at a time fetch a file; others wait."""
    with path.with_name(f".{path.name}.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("%s: another process is fetching it; waiting", path)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def is_verified(file: "WeightFile") -> bool:
    """Whether the file is stored with the hash that it must have."""
    if not file.path.is_file():
        return False
    if not file.known_hash:  # a user put it there
        file.note_hash()
    return _matches(file.path, file.known_hash)


def _matches(path: Path, known_hash: str | None) -> bool:
    """Whether the file at ``path`` has that hash; an unknown hash matches every file."""
    if known_hash is None:
        return True
    algorithm, _, digest = known_hash.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == digest
