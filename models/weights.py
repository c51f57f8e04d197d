"""Weight files: one cache folder, downloaded once, verified every time before they are loaded.

The folder is ``$CUTOUTBENCH_HOME`` or the user's cache folder. A file whose hash is wrong is
downloaded again; one whose download has the wrong hash is never kept.
"""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pooch

from models.segmenter import Unavailable

log = logging.getLogger(__name__)
_waited_s: list[float] = []


@contextmanager
def downloading(what: str) -> Iterator[None]:
    """Say what is fetched, and keep its seconds apart from loading."""
    log.warning("downloading %s", what)
    start = time.perf_counter()
    yield
    _waited_s.append(time.perf_counter() - start)


def waited_s() -> float:
    """Seconds this process has spent on downloads that succeeded."""
    return sum(_waited_s)


def home() -> Path:
    """The folder all weights live in."""
    return Path(os.environ.get("CUTOUTBENCH_HOME") or pooch.os_cache("cutoutbench"))


def fetch(url: str, known_hash: str, path: Path) -> Path:
    """Make sure ``path`` holds the file of ``known_hash`` ("md5:…" or "sha256:…"), and return it.

    Raises:
        Unavailable: it could not be downloaded or written, or what arrived has another hash.
    """
    pooch.get_logger().setLevel("ERROR")
    import requests

    if path.is_file():
        if matches(path, known_hash):
            return path
        log.warning("%s: wrong hash, %s is expected; replacing it", path, known_hash)
    try:
        with downloading(f"{url} to {path}"):
            pooch.retrieve(url, known_hash, fname=path.name, path=path.parent, progressbar=True)
    except (OSError, ValueError) as error:  # connection, HTTP status, disk; hash
        connection = isinstance(error, requests.ConnectionError)
        reason = "no connection" if connection else " ".join(str(error).split())[:200]
        raise Unavailable(
            f"weights {path.name} could not be had from {url} ({reason}); "
            f"check the connection and run again, or put the file ({known_hash}) at {path}"
        ) from error
    return path


def matches(path: Path, known_hash: str) -> bool:
    """Whether the file has the hash, given as "md5:…" or "sha256:…"."""
    algorithm, _, digest = known_hash.partition(":")
    return bool(pooch.file_hash(str(path), alg=algorithm) == digest)
