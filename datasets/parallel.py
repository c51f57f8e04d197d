"""Work on many files or photos at once, one per core, in their order."""

import os
from collections.abc import Callable, Collection
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Output = TypeVar("Output")

MOST_THREADS = 8  # each holds a few arrays of a photo's size


def available_cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_parallel(
    work: Callable[[Item], Output], items: Collection[Item], name: str, unit: str = "photo"
) -> list[Output]:
    """``work`` of every item, under a progress bar with this ``name``.

    Decoding and measuring happen in native code that runs beside other threads. OpenCV's own
    threads are turned off, as they would compete. After an error nothing new is begun.
    """
    from concurrent.futures import ThreadPoolExecutor  # here, as counting cores is to be quick

    import cv2
    from tqdm import tqdm

    threads = min(MOST_THREADS, available_cores())
    own_threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    results: list[Output] = []
    try:
        with (
            ThreadPoolExecutor(threads) as pool,
            tqdm(desc=name, total=len(items), unit=unit, leave=False, delay=1) as bar,
        ):
            waiting = iter(items)
            begun = [pool.submit(work, item) for item in islice(waiting, 2 * threads)]
            while begun:
                results.append(begun.pop(0).result())
                bar.update()
                begun += [pool.submit(work, item) for item in islice(waiting, 1)]
    finally:
        cv2.setNumThreads(own_threads)
    return results
