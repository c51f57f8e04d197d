"""Where tests keep their files: in memory where there is room, as every mask is flushed to disk."""

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - those who use it make a folder of their own in it
ROOM_BYTES = 3 * 2**30


def use_memory() -> None:
    """Have pytest make its temporary folders in memory, unless it is told another place."""
    if memory() and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def memory() -> Path | None:
    """The folder in memory; None where there is none or programs in it cannot be run."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK):
        return None
    return None if os.statvfs(MEMORY).f_flag & os.ST_NOEXEC else MEMORY
