"""A part of a file that can be read wherever a whole file is."""

import os
from dataclasses import dataclass
from pathlib import Path

from datasets.listing.regular_file import expect_regular


@dataclass(frozen=True)
class FilePart:
    """``length`` bytes of a file from ``offset`` on, read with ``read_bytes`` as a ``Path`` is."""

    path: Path
    offset: int
    length: int

    def read_bytes(self) -> bytes:
        """The bytes.

        Raises:
            OSError: there is no such file, or it ends before.
        """
        expect_regular(self.path)
        with self.path.open("rb") as file:
            left = os.fstat(file.fileno()).st_size - self.offset
            if left < self.length:  # checked first, so that a damaged length takes no memory
                raise OSError(f"{self.path} ends before byte {self.offset + self.length}")
            return os.pread(file.fileno(), self.length, self.offset)

    def __str__(self) -> str:
        """The file and where the part begins."""
        return f"{self.path} at byte {self.offset}"
