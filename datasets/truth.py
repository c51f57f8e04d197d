"""The ground truth of one photo, in the various forms that datasets store it.

A ``Truth`` returns levels, not a Mask: the dataset decides which level is the tool, applies the
threshold and resizes the mask to its photo (``Dataset.truth``). No form opens a file before its
levels are read.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from datasets.caching.file_hash import file_hash

Levels: TypeAlias = npt.NDArray[np.uint8]
Size: TypeAlias = tuple[int, int]  # height, width


class Truth(Protocol):
    """One photo's ground truth."""

    @property
    def path(self) -> Path:
        """The file that holds the truth, for error messages."""
        ...

    def levels(self, size: Size) -> tuple[Levels, bool]:
        """Levels (uint8 H×W), and whether white is foreground regardless of the dataset's polarity.

        ``size`` is the photo's (height, width), which forms without a size of their own draw at.

        Raises:
            PictureError: the file is unreadable.
        """
        ...

    def digest(self) -> str:
        """Hash of everything that the levels depend on."""
        ...


@dataclass(frozen=True)
class MaskFile:
    """An image of the mask, or one whose alpha channel is the mask.

    It is no ``Truth``: how it is read depends on all mask files of its dataset
    (``datasets.reading.mask_set``).
    """

    path: Path

    def digest(self) -> str:
        """Hash of the file."""
        return file_hash(self.path)
