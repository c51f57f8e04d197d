"""A set of mask files: surveyed once, then read one by one as the survey decided."""

import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from tqdm import tqdm

from datasets.arrays import Mask
from datasets.mask_levels import MaskLevels, levels_of, nearest
from datasets.mask_pixels import MaskPixels, read_pixels
from datasets.pictures import PictureError
from datasets.reading import Choice, Reading, decide
from datasets.reading_text import counts

Levels: TypeAlias = npt.NDArray[np.uint8]
Stamp: TypeAlias = tuple[Path, int, int]  # with time of change and size

MOST_THREADS = 8


@dataclass(frozen=True)
class MaskSet:
    """Mask files, the levels of those that can be read, and how they are read."""

    files: Mapping[Path, MaskLevels]
    reading: Reading

    def levels(self, path: Path) -> Levels:
        """A file's levels (uint8 H×W), 128 and more the tool.

        Raises:
            PictureError: the file is unreadable.
        """
        mask = read_pixels(path)
        known = self._known(path, mask)
        reading = self.reading
        if reading.cut(known):
            white = reading.white(known)
            levels = mask.pixels
            if white > 255:
                levels = np.minimum(levels.astype(np.uint32) * 255 // white, 255)
            levels = levels.astype(np.uint8)
            return levels if known.alpha or reading.polarity == "white" else 255 - levels
        tool, _ = reading.roles(known)
        return _where(mask, known, tool).astype(np.uint8) * np.uint8(255)

    def line(self, own: Sequence[Path]) -> str:
        """How the masks are read, and how many of one's ``own`` are empty, full or unreadable."""
        return "; ".join([self.reading.line, *self.blank(own)])

    def blank(self, own: Sequence[Path]) -> list[str]:
        """How many of one's ``own`` masks are empty, full or unreadable, in words."""
        found = [self.files.get(path) for path in own]
        return counts([None if one is None else self.reading.extent(one) for one in found])

    def void(self, path: Path) -> Mask:
        """The pixels of a file that are not scored (bool H×W).

        Raises:
            PictureError: the file is unreadable.
        """
        mask = read_pixels(path)
        known = self._known(path, mask)
        return _where(mask, known, self.reading.roles(known)[1])

    def _known(self, path: Path, mask: MaskPixels) -> MaskLevels:
        return self.files.get(path) or levels_of(mask)


def mask_set(paths: Iterable[Path], choice: Choice, name: str) -> MaskSet:
    """Survey the files and decide how they are read. ``name`` is that of the progress bar.

    Raises:
        DatasetError: they cannot be read as masks of one thing.
    """
    stamps = tuple(_stamp(path) for path in paths)
    files = dict(_survey(stamps, name))
    return MaskSet(files, decide(list(files.values()), choice, len(stamps) - len(files)))


def _where(mask: MaskPixels, known: MaskLevels, codes: frozenset[int]) -> Mask:
    """Where a file has one of these codes."""
    if not known.exact:
        pixels = nearest(mask, known.counts)
    else:
        pixels = mask.pixels if mask.pixels.ndim == 2 else mask.codes
    found = np.zeros(pixels.shape, bool)
    for code in codes:
        found |= pixels == code
    return found


@lru_cache(maxsize=16)  # several models of one command, and the pictures of its report
def _survey(stamps: tuple[Stamp, ...], name: str) -> tuple[tuple[Path, MaskLevels], ...]:
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    with ThreadPoolExecutor(threads) as pool:
        found = pool.map(_look, (path for path, _, _ in stamps))
        bar = tqdm(found, f"{name}: masks", len(stamps), leave=False, delay=2, unit="mask")
        return tuple(entry for entry in bar if entry is not None)


def _look(path: Path) -> tuple[Path, MaskLevels] | None:
    try:
        return path, levels_of(read_pixels(path))
    except PictureError:
        return None  # said of its photo when that is scored


def _stamp(path: Path) -> Stamp:
    try:
        about = path.stat()
    except OSError:
        return path, 0, 0
    return path, about.st_mtime_ns, about.st_size
