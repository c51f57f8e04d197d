"""Weight files: what they are, where they lie, and the one way to have them.

They lie in ``$CUTOUTBENCH_HOME`` or the user's cache folder. A file gets its name only once its
hash is right, and the hash is compared again before every load; what is wrong is replaced.
``weights.mirror`` is a folder or a base URL to take files from by their names instead; with
``weights.offline`` no connection is opened. The commands pass both on to a model's process as
``$CUTOUTBENCH_MIRROR`` and ``$CUTOUTBENCH_OFFLINE``.
"""

import errno
import fcntl
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import platformdirs

from models.remote.retry import public
from models.segmenter import Unavailable
from models.weights.download import DownloadError, download, megabytes

log = logging.getLogger(__name__)
_waited_s: list[float] = []

Bring = Callable[[Path], object]  # writes the file's bytes to the path it is given


@dataclass(frozen=True)
class WeightFile:
    """A file that a model loads.

    ``place`` is its path below ``home()``. ``hash`` is "md5:…" or "sha256:…". Where nobody has
    published one it is None, and the file is taken only with ``trust``, for loading a pickle may
    run any code; what came first is then held to its own hash. ``size_bytes`` None is unknown.
    ``licence`` is that of the weights, which may not be the code's. ``bring`` is for what a ``url``
    alone does not give.
    """

    place: str
    url: str
    size_bytes: int | None
    hash: str | None
    licence: str
    trust: bool = False
    bring: Bring | None = None

    @property
    def path(self) -> Path:
        """Where it lies, or would lie."""
        return home() / self.place

    @property
    def name(self) -> str:
        """What it is called, here and in a mirror."""
        return self.path.name

    @property
    def known_hash(self) -> str | None:
        """The hash it must have: the published one, else that of the file that came first."""
        return self.hash or (self._note.read_text() if self._note.is_file() else None)

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.name}.sha256")

    def note_hash(self) -> None:
        """Hold the file, whose hash nobody has published, to the one it has now."""
        with self.path.open("rb") as file:
            self._note.write_text(f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")


@runtime_checkable
class Weighted(Protocol):
    """A class whose weights can be fetched; ``make weights`` lists them."""

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """Every file that is loaded, given the yaml's keys.

        Raises:
            Unavailable: with these options there are none.
        """
        ...


def home() -> Path:
    """The folder all weights live in."""
    return Path(os.environ.get("CUTOUTBENCH_HOME") or platformdirs.user_cache_dir("cutoutbench"))


def waited_s() -> float:
    """Seconds this process has waited for files that were not here."""
    return sum(_waited_s)


def fetch(file: WeightFile) -> Path:
    """Make sure that the file is in its place, whole and right; return its path.

    Raises:
        Unavailable: it could not be had or written, or what came is not it; or it has no published
            hash and is not trusted.
    """
    if not (file.hash or file.trust):
        raise Unavailable(
            f"weights {file.name}: nobody has published their hash, and loading them may run any "
            f"code; if you trust {file.url}, add model.weights.trust=true"
        )
    if _is_right(file):
        return file.path
    start = time.perf_counter()
    source, bring = _source(file)
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(file.path):
            if not _is_right(file):  # another process may have brought it meanwhile
                _replace(file, source, bring)
    except OSError as error:
        raise Unavailable(_reason(file, source, error)) from error
    _waited_s.append(time.perf_counter() - start)
    return file.path


def _source(file: WeightFile) -> tuple[str, Bring]:
    """Where the file comes from, and how."""
    mirror = os.environ.get("CUTOUTBENCH_MIRROR", "")
    if mirror and "://" not in mirror:
        original = Path(mirror).expanduser() / file.name
        return str(original), partial(shutil.copyfile, original)
    url = f"{mirror.rstrip('/')}/{file.name}" if mirror else file.url
    if os.environ.get("CUTOUTBENCH_OFFLINE"):
        raise Unavailable(
            f"weights {file.name} are {'damaged' if file.path.exists() else 'missing'} and "
            f"weights.offline=true; leave that out, or get them from {public(url)} and put the "
            f"file{_of_hash(file)} at {file.path}"
        )
    if file.bring and not mirror:
        return url, file.bring
    return url, partial(download, url, size_bytes=file.size_bytes)


def _replace(file: WeightFile, source: str, bring: Bring) -> None:
    path, size = file.path, megabytes(file.size_bytes)
    if path.exists() and file.known_hash:
        log.warning("%s: wrong hash, %s is expected; replacing it", path, file.known_hash)
    log.warning("fetching %s (%s, licence: %s) from %s to %s",
                file.name, size, file.licence, public(source), path)  # fmt: skip
    part = path.with_name(f"{path.name}.part")
    if not file.hash:
        part.unlink(missing_ok=True)  # whether a beginning belongs to it could not be told
    had = part.stat().st_size if part.exists() else 0
    if (file.size_bytes or 0) - had > shutil.disk_usage(path.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    bring(part)
    if had and not _matches(part, file.known_hash):
        log.warning("%s: what had come earlier does not belong to it; beginning anew", part)
        part.unlink()
        bring(part)
    if not _matches(part, file.known_hash):
        part.unlink()
        raise DownloadError(f"what came has another {str(file.known_hash).partition(':')[0]}")
    with part.open("rb") as whole:
        os.fsync(whole.fileno())
    part.replace(path)
    if not file.hash:
        file.note_hash()


def _reason(file: WeightFile, source: str, error: OSError) -> str:
    folder = file.path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{folder}: no room for {file.name}, which needs {megabytes(file.size_bytes)}; make "
            "room there, or export CUTOUTBENCH_HOME=DIR with a folder on a larger disk"
        )
    reason = " ".join(public(str(error)).split())[:200]
    return (
        f"weights {file.name} could not be had from {public(source)} ({reason}); mend that and run "
        f"again, or put the file{_of_hash(file)} at {file.path}"
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time bring a file; the others wait."""
    with path.with_name(f".{path.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("%s: another process is fetching it; waiting", path)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _of_hash(file: WeightFile) -> str:
    return f" ({file.hash})" if file.hash else ""


def _is_right(file: WeightFile) -> bool:
    if not file.path.is_file():
        return False
    if not file.known_hash:  # put there by hand
        file.note_hash()
    return _matches(file.path, file.known_hash)


def _matches(path: Path, known_hash: str | None) -> bool:
    """Whether the file at ``path`` has that hash; a hash nobody knows fits all."""
    if known_hash is None:
        return True
    algorithm, _, digest = known_hash.partition(":")
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest() == digest
