"""Whether memory, time a photo or descriptors drift over a long run.

The second quarter of the photos is compared with the last one: the first quarter fills caches.
Memory has drifted if its median rose by more than each of ``MEMORY_SHARE``, ``MEMORY_MIB`` and
``RESULT_BYTES`` a photo, as a stage keeps every photo's result until it is done; time, if a photo
took ``TIME_SHARE`` more processor time of both processes, against a fixed computation by the
watcher: other programs on the machine slow both down. A descriptor is lost if the lowest number of
open ones rose: more are open for moments only.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from tests.soak.watch import Sample

MEMORY_SHARE, MEMORY_MIB, RESULT_BYTES = 0.05, 8.0, 4096
TIME_SHARE = 0.25
LEAST_SAMPLES = 3
MIB = 2**20


@dataclass(frozen=True)
class Drift:
    """A quantity in the four quarters of a run, and whether it drifted; None: it is not judged."""

    name: str
    unit: str
    quarters: tuple[float, ...]
    drifted: bool | None


def drifts(samples: Sequence[Sample], photos: int) -> list[Drift]:
    """Processor time a photo, and memory and descriptors of both processes.

    Raises:
        ValueError: a quarter has too few samples to judge.
    """
    quarters: list[list[Sample]] = [[], [], [], []]
    for sample in samples:
        quarters[min(4 * sample.done // photos, 3)].append(sample)
    if any(len(quarter) < LEAST_SAMPLES for quarter in quarters):
        counts = ", ".join(str(len(quarter)) for quarter in quarters)
        raise ValueError(f"too few samples in the quarters ({counts}); take more photos")
    found = _times(quarters)
    for index, process in enumerate(("parent", "worker")):
        with_process = [
            [one for one in quarter if one.rss_bytes[index] is not None] for quarter in quarters
        ]
        if all(with_process):
            allowed_mib = max(MEMORY_MIB, RESULT_BYTES * photos / 2 / MIB)
            found.append(_memory(process, index, with_process, allowed_mib))
            found.append(_open(process, index, with_process))
    return found


def _memory(
    process: str, index: int, quarters: Sequence[Sequence[Sample]], allowed_mib: float
) -> Drift:
    mib = tuple(
        statistics.median((one.rss_bytes[index] or 0) / MIB for one in quarter)
        for quarter in quarters
    )
    rise = mib[3] - mib[1]
    drifted = rise > max(allowed_mib, MEMORY_SHARE * mib[1])
    return Drift(f"memory of the {process}", "MiB", mib, drifted)


def _open(process: str, index: int, quarters: Sequence[Sequence[Sample]]) -> Drift:
    lowest = tuple(
        float(min(one.descriptors[index] or 0 for one in quarter)) for quarter in quarters
    )
    return Drift(f"open descriptors of the {process}", "", lowest, lowest[3] > lowest[1])


def _times(quarters: Sequence[Sequence[Sample]]) -> list[Drift]:
    spans = [(quarter[0], quarter[-1]) for quarter in quarters]
    each = tuple(
        1000 * (last.cpu_s - first.cpu_s) / max(last.done - first.done, 1) for first, last in spans
    )
    yardsticks = [
        1000 * statistics.median(one.yardstick_s for one in quarter) for quarter in quarters
    ]
    against = tuple(ms / yardstick for ms, yardstick in zip(each, yardsticks, strict=True))
    return [
        Drift("processor time a photo", "ms", each, None),
        Drift(
            "the same in times of a fixed computation",
            "",
            against,
            against[3] > (1 + TIME_SHARE) * against[1],
        ),
    ]
