"""The stamp of a file, by which one that was replaced while it was read is known."""

from pathlib import Path
from stat import S_ISREG
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, ...]


def stamp_of(path: Path) -> Stamp:
    """``stamp``, empty where there is no such file."""
    try:
        return tuple(stamp(path))
    except OSError:
        return ()


def stamp(path: Path) -> list[int]:
    """A file's size, times of change (contents and inode, in ns) and inode.

    Raises:
        OSError: there is no such file, or it is something else.
    """
    about = path.stat()
    if not S_ISREG(about.st_mode):  # reading a FIFO would wait for ever
        raise OSError(f"{path} is not a file")
    return [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]
