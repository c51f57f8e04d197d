"""Atomic writes, so that no reader sees a partial file, and safe file names.

A file that is being written is called ``.new-PID-…``, a mask of a model's process ``.new-PID.png``.
What a killed command has left of these is swept by a later one.
"""

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

_LONGEST = 120  # longest file name, in bytes, without suffix
UNFINISHED = ".new-"  # prefix of a file's name until it is complete
ABANDONED_S = 3600.0  # no file takes that long to be written
# With the process that writes it, or as earlier versions named it.
_UNFINISHED_NAME = re.compile(r"\.new-(?:(\d{1,9})[-.].*|[a-z0-9_]{8})")
# Where unfinished files may lie in a dataset's reports; html/ is pruned by rules of its own.
_WRITTEN = (
    ".",
    "gate",
    "unable",
    "baselines",
    "baselines/*",
    "ab/*",
    "runs",
    "runs/*",
    "runs/.superseded/*/masks",
)


def write_atomic(path: Path, data: bytes, *, disposable: bool = False) -> None:
    """Write ``data`` to a temporary file beside ``path``, then rename it; an error leaves none.

    ``disposable`` data can be made again, so nothing waits until it is on the disk.
    """
    with atomic_file(path, disposable=disposable) as file:
        file.write(data)


@contextmanager
def atomic_file(path: Path, *, disposable: bool = False) -> Iterator[IO[bytes]]:
    """The same for data that is written piece by piece: ``path`` changes only once all is done."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{UNFINISHED}{os.getpid()}-")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            if not disposable:
                os.fsync(file.fileno())
        os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp's is private; reports are for reading
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            error.filename = str(path)  # the error for a full disk names no file
        raise


def sweep(reports: Path) -> None:
    """Remove what killed commands left unfinished in a dataset's ``reports``.

    Only files of our own naming count, older than an hour, whose process does not run any more.
    """
    for places in _WRITTEN:
        for folder in [reports] if places == "." else reports.glob(places):
            sweep_folder(folder)


def sweep_folder(folder: Path) -> None:
    """Remove what killed commands left unfinished in a folder; a missing one has nothing."""
    with suppress(OSError):  # a folder that is gone, or not ours to change
        _sweep_folder(folder)


def _sweep_folder(folder: Path) -> None:
    with os.scandir(folder) as entries:
        found = [(entry, _UNFINISHED_NAME.fullmatch(entry.name)) for entry in entries]
    for entry, match in found:
        if match is None or not entry.is_file(follow_symlinks=False):
            continue
        old = time.time() - entry.stat(follow_symlinks=False).st_mtime > ABANDONED_S
        if old and not (match[1] and _runs(int(match[1]))):
            Path(entry.path).unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # of another user
        pass
    return True


def ends_with(path: Path, end: bytes) -> bool:
    """Whether a file is there and has these last bytes, so that a power cut has not cut it."""
    try:
        with path.open("rb") as file:
            file.seek(-len(end), os.SEEK_END)
            return file.read() == end
    except OSError:
        return False


def sync_file(path: Path) -> None:
    """Wait until a file is on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_json(path: Path, data: object) -> None:
    """Write indented JSON in ASCII, which can hold any file name."""
    write_atomic(path, (json.dumps(data, indent=1) + "\n").encode())


def file_name(text: str) -> str:
    """``text`` as one readable path component of letters, digits and ``. _ = + , -``.

    A long name is truncated and ends in a hash of the whole text, so that it stays unique.
    """
    name = re.sub(r"[^\w.=+,-]+", "-", text).strip("-.")
    if len(name.encode()) <= _LONGEST:
        return name or "unnamed"
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    return f"{name.encode()[: _LONGEST - 9].decode(errors='ignore')}-{digest}"
