"""What is foreground in one photo, in the forms that people keep it.

A ``Truth`` gives levels, not yet a Mask: the dataset decides which level is the tool, cuts, and
brings the mask to its photo's size (``Dataset.truth``). Every form is small in memory and
opens no file until it is asked for levels.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from datasets.pictures import read_levels

Levels: TypeAlias = npt.NDArray[np.uint8]
Size: TypeAlias = tuple[int, int]  # height, width


class Truth(Protocol):
    """One photo's truth. ``path`` is the file that holds it, the one to name in an error."""

    @property
    def path(self) -> Path:
        """The file to mend where something is wrong."""
        ...

    def levels(self, size: Size) -> tuple[Levels, bool]:
        """Levels (uint8 H×W), and whether white is foreground whatever the dataset says.

        ``size`` is the photo's; only a form that knows no size of its own draws at it.

        Raises:
            PictureError: the file is unreadable.
        """
        ...

    def digest(self) -> str:
        """Hash of everything the levels depend on."""
        ...


@dataclass(frozen=True)
class MaskFile:
    """A picture of the mask, or one with an alpha channel that is the mask.

    A dataset reads it as all of its mask files are read; ``levels`` is the reading of a file alone.
    """

    path: Path

    def levels(self, size: Size) -> tuple[Levels, bool]:  # noqa: ARG002 - it has its own
        """The file's levels; an alpha channel is absolute."""
        return read_levels(self.path)

    def digest(self) -> str:
        """Hash of the file."""
        return file_hash(self.path)


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes, in hex; an unreadable file hashes to its error's name."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return type(error).__name__
