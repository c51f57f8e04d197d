"""Memory of a process and of all that it started, such as a browser: pages that they share once.

Linux counts a page that several processes share in parts (PSS, in ``smaps_rollup``). A process
whose pages may not be read, such as another user's, counts with its resident memory (RSS), and so
do all where there is no /proc.
"""

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path


def memory_of(pids: Iterable[int]) -> int:
    """Memory of processes, in bytes; those that have ended count nothing. Needs /proc."""
    return sum(_proportional_bytes(pid) for pid in pids)


def _proportional_bytes(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(OSError):
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        return pages * resource.getpagesize()
    return 0


def descendants(pid: int) -> Iterator[int]:
    """The processes that ``pid`` has started, and theirs; none where /proc is missing."""
    for child in children(pid):
        yield child
        yield from descendants(child)


def children(pid: int) -> Iterator[int]:
    """The processes that ``pid`` is the parent of; none where /proc is missing."""
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            yield from map(int, path.read_text("ascii").split())


def has_children() -> bool:
    """Whether this process has any, in one system call where the system can tell."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def rss_by_ps(pid: int) -> int | None:
    """Resident memory of ``pid`` and its descendants by the program ps, in bytes."""
    try:
        told = subprocess.run(
            ["ps", "-axo", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
        )
        rows = [tuple(map(int, line.split())) for line in told.stdout.splitlines()]
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None
    found, counted = {pid}, 0
    while len(found) > counted:
        counted = len(found)
        found |= {one for one, parent, _ in rows if parent in found}
    own = [rss for one, _, rss in rows if one in found]
    return sum(own) * 1024 or None
