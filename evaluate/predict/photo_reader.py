"""Reads photos for the model, the next one ahead."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from datasets.arrays import Image
from datasets.decoding.file_stamp import Stamp, stamp_of
from datasets.pictures import read_photo


class PhotoReader:
    """Reads photos; the next one in a thread, while the processor has nothing else to do.

    Each comes with the stamp of the file that was read, empty if it changed in the meantime.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._ahead: tuple[tuple[str, bool], Future[tuple[Image, Stamp]]] | None = None

    def begin(self, photo: Mapping[str, Any] | None) -> None:
        """Begin to read a photo, of which ``image`` and ``drop_alpha`` are as in a request."""
        if photo is not None and self._ahead is None:
            known = photo["image"], photo["drop_alpha"]
            with suppress(RuntimeError, MemoryError):  # no thread within memory_limit_gb
                future = self._thread.submit(_read, Path(known[0]), known[1])
                self._ahead = known, future

    def read(self, photo: Mapping[str, Any]) -> tuple[Image, Stamp]:
        """Read a photo, or wait for it where that has begun.

        Raises:
            PictureError: it is unreadable.
        """
        known = photo["image"], photo["drop_alpha"]
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            future = ahead[1]
            if ahead[0] == known:
                return future.result()
            future.exception()  # wait, so that nothing runs beside the model
        return _read(Path(known[0]), known[1])


def _read(path: Path, drop_alpha: bool) -> tuple[Image, Stamp]:
    before = stamp_of(path)
    image = read_photo(path, drop_alpha)
    return image, before if stamp_of(path) == before else ()
