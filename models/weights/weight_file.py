"""Weight files: their description, their place on disk, and how they are fetched.

They are stored in ``$CUTOUTBENCH_HOME`` or the user's cache folder. A download gets its final name
only after its hash is verified, and the hash is verified again before every load; a wrong file is
replaced. ``weights.mirror`` is a folder or a base URL from which files are taken by name;
``weights.offline`` forbids connections. The commands pass both to a model's process as
``$CUTOUTBENCH_MIRROR`` and ``$CUTOUTBENCH_OFFLINE``.
"""

import errno
import fcntl
import hashlib
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import platformdirs

from models.remote.redact import without_credentials
from models.segmenter import Unavailable
from models.weights.download import DownloadError, download, megabytes

log = logging.getLogger(__name__)
_fetch_s: list[float] = []

Obtain = Callable[[Path], object]  # writes the file's bytes to the given path


@dataclass(frozen=True)
class WeightFile:
    """A file that a model loads.

    ``relative_path`` is its path below ``home()``. ``hash`` is "md5:…" or "sha256:…". None means
    that no hash is published: the file is then used only with ``trust``, since loading a pickle can
    run any code, and later loads must match the hash of the first download. ``size_bytes`` None
    means unknown. ``licence`` is that of the weights, which may differ from the code's. ``obtain``
    replaces the download of ``url`` where that is not enough.
    """

    relative_path: str
    url: str
    size_bytes: int | None
    hash: str | None
    licence: str
    trust: bool = False
    obtain: Obtain | None = None

    @classmethod
    def from_settings(cls, folder: str, settings: Mapping[str, Any]) -> "WeightFile":
        """The file that a yaml's ``weights`` describe, in ``folder`` under its URL's last part."""
        return cls(f"{folder}/{PurePosixPath(urlsplit(settings['url']).path).name}", **settings)

    @property
    def path(self) -> Path:
        """Where the file is stored once it is fetched."""
        return home() / self.relative_path

    @property
    def name(self) -> str:
        """The file's name, here and in a mirror."""
        return self.path.name

    @property
    def known_hash(self) -> str | None:
        """The hash it must have: the published one, else that of the first download."""
        return self.hash or (self._note.read_text("utf-8") if self._note.is_file() else None)

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.name}.sha256")

    def note_hash(self) -> None:
        """Record the file's present hash, which later loads must match."""
        with self.path.open("rb") as file:
            self._note.write_text(
                f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}", "utf-8"
            )


@runtime_checkable
class HasWeights(Protocol):
    """A model class whose weights can be fetched; ``make weights`` lists them."""

    @classmethod
    def weights_of(cls, options: Mapping[str, Any]) -> list[WeightFile]:
        """Every file that the model loads, given the yaml's keys.

        Raises:
            Unavailable: no weights match these options.
        """
        ...


def home() -> Path:
    """The folder of all weights."""
    return Path(os.environ.get("CUTOUTBENCH_HOME") or platformdirs.user_cache_dir("cutoutbench"))


def fetch_s() -> float:
    """Seconds that this process has spent fetching missing files."""
    return sum(_fetch_s)


def fetch(file: WeightFile) -> Path:
    """Fetch the file unless it is stored with the right hash; return its path.

    Raises:
        Unavailable: the file could not be downloaded or written, or its hash is wrong; or it has no
            published hash and is not trusted.
    """
    if not (file.hash or file.trust):
        raise Unavailable(
            f"weights {file.name}: no hash is published, and loading them can run any code; "
            f"if you trust {file.url}, add model.weights.trust=true"
        )
    if _is_verified(file):
        return file.path
    start = time.perf_counter()
    source, obtain = _source(file)
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        with _locked(file.path):
            if not _is_verified(file):  # another process may have fetched it meanwhile
                _replace(file, source, obtain)
    except OSError as error:
        raise Unavailable(_reason(file, source, error)) from error
    _fetch_s.append(time.perf_counter() - start)
    return file.path


def fetch_single(files: Sequence[WeightFile]) -> tuple[Path, dict[str, str | None]]:
    """Fetch a model's only weight file: its path, and the name and hash to record with the run.

    Raises:
        Unavailable: as ``fetch``.
    """
    (file,) = files
    path = fetch(file)
    return path, {file.name: file.known_hash}


def _source(file: WeightFile) -> tuple[str, Obtain]:
    """Where the file comes from, and the function that fetches it."""
    mirror = os.environ.get("CUTOUTBENCH_MIRROR", "")
    if mirror and "://" not in mirror:
        original = Path(mirror).expanduser() / file.name
        return str(original), partial(shutil.copyfile, original)
    url = f"{mirror.rstrip('/')}/{file.name}" if mirror else file.url
    if os.environ.get("CUTOUTBENCH_OFFLINE"):
        raise Unavailable(
            f"weights {file.name} are {'damaged' if file.path.exists() else 'missing'} and "
            f"weights.offline=true; leave that out, or get them from {without_credentials(url)} "
            f"and put the file{_hash_note(file)} at {file.path}"
        )
    if file.obtain and not mirror:
        return url, file.obtain
    return url, partial(download, url, size_bytes=file.size_bytes)


def _replace(file: WeightFile, source: str, obtain: Obtain) -> None:
    path, size = file.path, megabytes(file.size_bytes)
    if path.exists() and file.known_hash:
        log.warning("%s: wrong hash, expected %s; replacing it", path, file.known_hash)
    log.warning("fetching %s (%s, licence: %s) from %s to %s",
                file.name, size, file.licence, without_credentials(source), path)  # fmt: skip
    part = path.with_name(f"{path.name}.part")
    if not file.hash:
        part.unlink(missing_ok=True)  # without a hash, a partial file cannot be verified
    resumed_bytes = part.stat().st_size if part.exists() else 0
    if (file.size_bytes or 0) - resumed_bytes > shutil.disk_usage(path.parent).free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    obtain(part)
    if resumed_bytes and not _matches(part, file.known_hash):
        log.warning("%s: the partial file was of other content; starting over", part)
        part.unlink()
        obtain(part)
    if not _matches(part, file.known_hash):
        part.unlink()
        raise DownloadError(f"the {str(file.known_hash).partition(':')[0]} differs")
    with part.open("rb") as whole:
        os.fsync(whole.fileno())
    part.replace(path)
    if not file.hash:
        file.note_hash()


def _reason(file: WeightFile, source: str, error: OSError) -> str:
    folder = file.path.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{folder}: no space for {file.name} ({megabytes(file.size_bytes)}); free some, or "
            "export CUTOUTBENCH_HOME=DIR with a folder on a larger disk"
        )
    reason = " ".join(without_credentials(str(error)).split())[:200]
    return (
        f"weights {file.name} could not be fetched from {without_credentials(source)} ({reason}); "
        f"fix that and run again, or put the file{_hash_note(file)} at {file.path}"
    )


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


def _hash_note(file: WeightFile) -> str:
    return f" ({file.hash})" if file.hash else ""


def _is_verified(file: WeightFile) -> bool:
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
