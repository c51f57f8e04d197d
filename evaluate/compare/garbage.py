"""Pause Python's garbage collector while millions of objects are made that live until the end."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Collect no garbage within; it would scan all living objects again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
