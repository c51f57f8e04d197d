"""A bounded folder of objects that were read from servers, each file named by its sha256.

An object is asked for once per command: one whose version is still the known one is not read again.
Files in use are never removed: those handed out last by this process, and all of them while another
process uses the folder, so that the limit is exceeded until it ends.
"""

import fcntl
import hashlib
import logging
import random
import shutil
import tempfile
import threading
import time
import weakref
from collections import OrderedDict
from pathlib import Path
from typing import TextIO

from datasets.by_url.locations import identity, server_of, shown, suffix_of
from datasets.by_url.object_index import KnownObject, ObjectIndex
from datasets.by_url.transfer import Failed, Refused, Transfer, transfer
from datasets.decoding.file_stamp import stamp_of
from datasets.errors import DatasetError

FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.2, 10.0
MOST_UNREACHED = 3  # objects in a row of a server that does not answer: the command ends
FREED = 0.9  # of the limit: what is left once files are removed

log = logging.getLogger(__name__)


class ObjectCache:
    """Objects in ``folder``, whose files together have at most ``most_bytes``.

    ``timeout_s`` is the limit for one object with all attempts. ``in_use`` files were handed out
    last and stay. ``offline``: no request is made.
    """

    def __init__(
        self, folder: Path, most_bytes: int, timeout_s: float, in_use: int, *, offline: bool
    ) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._timeout_s = timeout_s
        self._offline = offline
        self._most_in_use = in_use
        self._in_use: OrderedDict[str, None] = OrderedDict()
        self._unreachable: set[str] = set()  # servers
        self._unreached = 0  # objects in a row
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._claim = (folder / ".in-use").open("w", encoding="ascii")
        fcntl.flock(self._claim, fcntl.LOCK_SH)
        self._index = ObjectIndex(folder / "index.sqlite")
        self.close = weakref.finalize(self, _close, self._index, self._claim)
        self._bytes = self._index.total_bytes()
        if self._alone():
            self._tidy()
            fcntl.flock(self._claim, fcntl.LOCK_SH)

    def look_up(self, url: str) -> bytes:
        """The sha256 (32 bytes) of an object as it is now; it is read if it is not the known one.

        Raises:
            Refused: it cannot be read.
            DatasetError: its server cannot be reached at all, or wants credentials.
        """
        known = self._index.known(_object(url))
        if known and (self._offline or server_of(url) in self._unreachable):
            return known.sha256
        return self._asked(url, known)

    def file(self, url: str, sha256: bytes) -> Path:
        """The file of an object that ``look_up`` gave; read again where it has been removed.

        Raises:
            Refused: it cannot be read, or is another object now.
            DatasetError: as ``look_up``.
        """
        path = self.place(url, sha256)
        if not self._is_whole(path, sha256) and self._asked(url, None) != sha256:
            raise DatasetError(f"{shown(url)} has changed while the command ran; run it again")
        self._hand_out(path)
        return path

    def place(self, url: str, sha256: bytes) -> Path:
        """Where the file of an object is, or would be."""
        name = sha256.hex()
        return self._folder / name[:2] / f"{name}{suffix_of(url)}"

    def _asked(self, url: str, known: KnownObject | None) -> bytes:
        """Ask the server until it answers, and keep what it sends."""
        if self._offline:
            raise Refused("Offline", "it is not in the cache, and dataset.offline=true")
        end, pause = time.monotonic() + self._timeout_s, FIRST_PAUSE_S
        while True:
            try:
                found = self._transferred(url, known)
            except Failed as failure:
                if failure.unanswered and known is not None:
                    self._give_up_server(url)
                    return known.sha256
                wait = pause * random.uniform(0.5, 1.5)  # noqa: S311 - not a secret
                if time.monotonic() + wait > end:
                    raise self._exhausted(url, failure) from failure
                time.sleep(wait)
                pause = min(2 * pause, LONGEST_PAUSE_S)
            else:
                self._unreached = 0
                return found

    def _transferred(self, url: str, known: KnownObject | None) -> bytes:
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".reading-") as place:
            target = Path(place) / "object"
            result = transfer(url, known.version if known else None, target)
            if known is not None and not result.written:
                return known.sha256
            return self._kept(url, result, target)

    def _kept(self, url: str, result: Transfer, target: Path) -> bytes:
        with target.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").digest()
        path, size = self.place(url, sha256), target.stat().st_size
        path.parent.mkdir(exist_ok=True)
        before = self._index.stamp(path.name)
        self._hand_out(path)  # before it is there, so that it is not removed at once
        target.replace(path)
        self._index.note_file(path.name, size, stamp_of(path))
        self._index.note_object(_object(url), KnownObject(result.version, sha256))
        with self._lock:
            self._bytes += 0 if before else size
            if self._bytes > self._most_bytes:
                self._remove_oldest()
        return sha256

    def _is_whole(self, path: Path, sha256: bytes) -> bool:
        """Whether a file is there as it was written; one that was touched is hashed again."""
        stamp = stamp_of(path)
        if not stamp:
            return False
        if self._index.stamp(path.name) == stamp:
            return True
        with path.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").digest() == sha256
        if same:
            self._index.note_file(path.name, stamp[0], stamp)
        return same

    def _hand_out(self, path: Path) -> None:
        with self._lock:
            self._in_use[path.name] = None
            self._in_use.move_to_end(path.name)
            while len(self._in_use) > self._most_in_use:
                self._in_use.popitem(last=False)
        self._index.note_use(path.name)

    def _remove_oldest(self) -> None:
        """Remove files until the limit is kept, unless another process may use them."""
        if not self._alone():
            return
        try:
            self._bytes = self._index.total_bytes()
            for name, size in self._index.least_used():
                if self._bytes <= FREED * self._most_bytes:
                    break
                if name not in self._in_use:
                    (self._folder / name[:2] / name).unlink(missing_ok=True)
                    self._index.forget_file(name)
                    self._bytes -= size
        finally:
            fcntl.flock(self._claim, fcntl.LOCK_SH)

    def _alone(self) -> bool:
        """Whether no other process uses the folder; none can begin to before ``LOCK_SH`` then."""
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            fcntl.flock(self._claim, fcntl.LOCK_SH)  # the attempt may have lost it
            return False
        return True

    def _tidy(self) -> None:
        """Remove what killed processes left, and files that a lost index no longer knows."""
        leftovers = [*self._folder.glob(".reading-*")]
        if not self._bytes:
            leftovers += self._folder.glob("[0-9a-f][0-9a-f]")
        for leftover in leftovers:
            shutil.rmtree(leftover, ignore_errors=True)

    def _give_up_server(self, url: str) -> None:
        server = server_of(url)
        with self._lock:
            new = server not in self._unreachable
            self._unreachable.add(server)
        if new:
            log.warning(
                "%s does not answer: what is in the cache is used as it was read last", server
            )

    def _exhausted(self, url: str, failure: Failed) -> Exception:
        """The error of an object whose every attempt failed."""
        if failure.unanswered:
            self._unreached += 1
            if self._unreached >= MOST_UNREACHED:
                return DatasetError(
                    f"{server_of(url)} does not answer ({failure}); finished photos are kept, "
                    "run again once it does"
                )
        text = f"{failure}, for {self._timeout_s:g} s of attempts; run again with retry=true"
        return Refused("Failed", text)


def _object(url: str) -> bytes:
    """The key of an object in the index."""
    return hashlib.sha256(identity(url).encode()).digest()


def _close(index: ObjectIndex, claim: TextIO) -> None:
    """Write what is not written yet, and let other processes remove files."""
    index.close()
    claim.close()
