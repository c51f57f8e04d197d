"""Work on many items: in their order, a few at a time, and no more of it after an error."""

import threading

import cv2
import pytest

from datasets.parallel import MOST_THREADS, available_cores, in_parallel


def test_results_are_in_the_order_of_the_items() -> None:
    second = threading.Event()

    def work(item: int) -> int:
        if item == 0:
            second.wait(60)  # the first ends after the second, where there are two threads
        second.set()
        return item * item

    if available_cores() == 1:
        second.set()
    assert in_parallel(work, range(50), "numbers") == [item * item for item in range(50)]
    assert in_parallel(work, [], "none") == []


def test_an_error_ends_it_and_opencv_gets_its_threads_back() -> None:
    before, begun = cv2.getNumThreads(), []

    def work(item: int) -> int:
        begun.append(item)
        assert cv2.getNumThreads() == 1
        if item == 3:
            raise ValueError("three")
        return item

    with pytest.raises(ValueError, match="three"):
        in_parallel(work, range(1000), "numbers")
    assert len(begun) <= 3 + 2 * MOST_THREADS + 1
    assert cv2.getNumThreads() == before
