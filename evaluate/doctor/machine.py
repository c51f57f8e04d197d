"""The machine: Python, processor, memory, and how file names are encoded."""

import os
import platform
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from datasets.parallel import available_cores
from evaluate.doctor.check_result import CheckResult, ok, problem, warning
from evaluate.doctor.project_files import python_range

GIB = 1 << 30
FEW_GIB = 2  # less free memory than this fails large networks
CGROUP = Path("/sys/fs/cgroup")


def check_python() -> Iterator[CheckResult]:
    """Python's version is one that the project supports."""
    low, high = python_range()  # ``high`` is the first that is not supported
    here = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    if low <= sys.version_info[:2] < high:
        yield ok(here)
    else:
        supported = f"{low[0]}.{low[1]} to {high[0]}.{high[1] - 1}"
        yield problem(
            f"{here}, needs {supported}",
            f"run: make clean install PYTHON=python{high[0]}.{high[1] - 1}",
        )


def check_processor() -> Iterator[CheckResult]:
    """Cores, and a container's quota below them, which ``threads=auto`` does not see."""
    usable, quota = available_cores(), _quota_cores()
    text = f"processor: {_processor()}, {usable} of {os.cpu_count()} cores usable"
    if quota is not None and quota < usable:
        yield warning(
            f"{text}, but the container may only use {quota:g} at a time",
            f"give threads={max(1, int(quota))}",
        )
    else:
        yield ok(text)


def check_memory() -> Iterator[CheckResult]:
    """Memory of the machine or container, and what of it is free."""
    total, free = _memory_bytes()
    text = f"memory: {total / GIB:.1f} GiB"
    if free is None:
        yield ok(text)
    elif free < FEW_GIB * GIB:
        yield warning(
            f"{text}, only {free / GIB:.1f} GiB free",
            "close programs; photos that need more are reported as out-of-memory",
        )
    else:
        yield ok(f"{text}, {free / GIB:.1f} GiB free")


def check_file_names() -> Iterator[CheckResult]:
    """File names, which are the photos' ids, are read as UTF-8, and the terminal shows them."""
    names = sys.getfilesystemencoding().lower()
    if names != "utf-8":
        yield problem(f"file names are read as {names}", "export PYTHONUTF8=1")
        return
    shown = (getattr(sys.stdout, "encoding", None) or "no encoding").lower()
    if shown.replace("-", "") == "utf8":
        yield ok("locale: file names and output are UTF-8")
    else:
        yield warning(
            f"locale: file names are UTF-8, the output is {shown}, so other letters are escaped",
            "export LC_ALL=C.UTF-8",
        )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = re.search(r"^model name\s*:\s*(.+)$", info.read_text(errors="replace"), re.M)
        if named:
            return named[1].strip()
    return platform.processor() or platform.machine()


def _quota_cores() -> float | None:
    """Cores that a container's quota (cgroup v2) amounts to; None without one."""
    words = _read(CGROUP / "cpu.max").split()
    return int(words[0]) / int(words[1]) if len(words) == 2 and words[0] != "max" else None


def _memory_bytes() -> tuple[int, int | None]:
    """Total and free memory, of the container where that has less; None where it is unknown."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    available = re.search(r"^MemAvailable:\s*(\d+) kB", _read(Path("/proc/meminfo")), re.M)
    free = int(available[1]) * 1024 if available else None
    limit, used = (_read(CGROUP / f"memory.{name}").strip() for name in ("max", "current"))
    if limit.isdigit() and int(limit) < total:
        total = int(limit)
        if free is not None and used.isdigit():  # what it caches of files counts as used
            cached = re.search(r"^inactive_file (\d+)$", _read(CGROUP / "memory.stat"), re.M)
            free = min(free, max(0, total - int(used) + int(cached[1] if cached else 0)))
    return total, free


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
