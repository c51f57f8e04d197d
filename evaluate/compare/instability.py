"""Why the times of a run are not to be trusted: scattered, or measured on a busy machine."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

UNSTEADY = 2.0  # p90 / p50 above this is no property of a network that gets photos of one size
SHORT_S = 0.001  # below, the clock and the system's scheduler decide
CROWDED = 0.5  # processes more than there are cores: a model and those before it fill all of them


def instability(
    p50: float | None, p90: float | None, load_before: float, load_during: float
) -> list[str]:
    """Why times are unstable, in words; empty if nothing speaks against them.

    ``p50`` and ``p90`` are percentiles of the seconds per photo. ``load_before`` and
    ``load_during`` are the system's load average: processes that wanted a core in the last minute,
    the model's own threads and what ran before it included.
    """
    cores = os.cpu_count() or 1  # the load is the whole machine's
    found = []
    if p50 and p90 and p50 >= SHORT_S and p90 > UNSTEADY * p50:
        found.append(f"p90 is {p90 / p50:.1f} times p50")
    if (load := max(load_before, load_during)) > cores + CROWDED:
        found.append(f"the load was up to {load:.1f} on {cores} cores")
    return found


def instability_of(
    p50: float | None, p90: float | None, sessions: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The same of a run, whose ``sessions`` in run.json have the loads; older ones have none."""
    before = max((one.get("load_before") or 0.0 for one in sessions), default=0.0)
    during = max((one.get("load_during") or 0.0 for one in sessions), default=0.0)
    return instability(p50, p90, before, during)
