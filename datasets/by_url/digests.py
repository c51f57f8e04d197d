"""The hash of each photo and truth as this command has read it first, by numbers: 64 bytes a photo.

A million photos are 64 MB, where dictionaries of texts would be 600.
"""

import threading
from collections.abc import Callable

import numpy as np

_UNKNOWN, _READ, _REFUSED = range(3)
_LOCKS = 64


class Digests:
    """Hashes of ``count`` files, each computed once; the error of one that cannot be read stays."""

    def __init__(self, count: int) -> None:
        self._hashes = np.zeros((count, 32), np.uint8)  # the system gives memory once it is used
        self._states = np.zeros(count, np.uint8)
        self._errors: dict[int, Exception] = {}
        self._locks = [threading.Lock() for _ in range(_LOCKS)]

    def known(self, number: int) -> bytes | None:
        """The sha256 of a file, None where it has not been read."""
        return self._hashes[number].tobytes() if self._states[number] == _READ else None

    def digest(self, number: int, read: Callable[[], bytes], errors: type[Exception]) -> bytes:
        """The sha256 (32 bytes) of a file, which ``read`` gives or raises one of ``errors``.

        Raises:
            Exception: the one of ``errors`` that ``read`` has raised.
        """
        with self._locks[number % _LOCKS]:
            if self._states[number] == _UNKNOWN:
                try:
                    self._hashes[number] = np.frombuffer(read(), np.uint8)
                except errors as error:
                    self._errors[number] = error
                    self._states[number] = _REFUSED
                    raise
                self._states[number] = _READ
        if self._states[number] == _REFUSED:
            raise self._errors[number]
        return bytes(self._hashes[number])
