"""Limits the memory of the process that runs a model."""

import resource
import sys

from models.segmenter import Unavailable


def limit_memory(limit_gb: float | None) -> None:
    """Let this process have so many GiB for itself (RLIMIT_DATA of Linux 4.7 and later).

    Allocations beyond it fail, so a photo that needs more is out of memory, and the machine is not.
    Files that are mapped, such as libraries, do not count.

    Raises:
        Unavailable: the system does not enforce it.
    """
    if limit_gb is None:
        return
    if sys.platform != "linux":
        raise Unavailable("memory_limit_gb is enforced on Linux only; leave it out")
    limit = round(limit_gb * 2**30)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
