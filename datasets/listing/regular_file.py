"""Whether a name stands for a file: opening a FIFO or reading a device would wait for ever."""

import errno
import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def not_a_file(path: Path) -> str | None:
    """What is at ``path`` instead of a file, in words; None where a file is, or nothing.

    Links are followed. A path that cannot be looked up counts as nothing.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return "a link to a file that is not there" if path.is_symlink() else None
    except OSError as error:
        return "a link in a circle" if error.errno == errno.ELOOP else None
    except ValueError:  # a null byte
        return None
    return next((words for is_kind, words in _KINDS if is_kind(mode)), None)


def is_regular(path: Path) -> bool:
    """Whether a file is at ``path``, links followed. False, too, for a name that none can have."""
    try:
        return path.is_file()
    except OSError:  # too long, or in a folder that may not be searched
        return False


def expect_regular(path: Path) -> None:
    """Call this before a file is opened whose name a user gave.

    Raises:
        OSError: something other than a file is at ``path``. Nothing is raised where nothing is.
    """
    if (kind := not_a_file(path)) is not None:
        raise OSError(errno.EINVAL, f"is {kind}, not a file", str(path))
