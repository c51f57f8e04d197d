"""A dataset: samples in a fixed order, what is wrong with its files, and a hash of its content.

A photo that cannot be paired with a truth is a ``problem``, not a sample: it is left out of every
row alike and reported. A photo or a truth that turns out unreadable stays a sample, because only
opening it tells.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

import cv2
import numpy as np
from tqdm import tqdm

from datasets.arrays import THRESHOLD, Mask
from datasets.pictures import PictureError, read_levels

Foreground: TypeAlias = Literal["black", "white", "auto"]

# Gemini's masks differ from their photos by 1 to 3 % in aspect; a swapped or cropped pair by more.
ASPECT_TOLERANCE = 0.10
POLARITY_VOTES = 25
POLARITY_MAJORITY = 0.8


class DatasetError(Exception):
    """The dataset asked for is not there or holds nothing; the text says what to do."""


@dataclass(frozen=True)
class Sample:
    """One photo with its truth. ``id`` is the file's stem, NFC-normalised."""

    id: str
    image_path: Path
    truth_path: Path
    tags: Mapping[str, str] = field(default_factory=dict)
    mm_per_px: float | None = None


@dataclass(frozen=True)
class Dataset:
    """Samples sorted by id. ``foreground`` says which level of a mask file is the tool."""

    name: str
    samples: tuple[Sample, ...]
    problems: tuple[str, ...] = ()
    foreground: Foreground = "auto"

    @cached_property
    def photos_hash(self) -> str:
        """Hash of ids and photos: what predictions depend on."""
        return _combine((s.id, self._files[s.image_path]) for s in self.samples)

    @cached_property
    def content_hash(self) -> str:
        """Hash of ids, photos, truths and polarity: what scores depend on."""
        truths = ((s.id, self._files[s.truth_path]) for s in self.samples)
        return _combine([("photos", self.photos_hash), *truths, ("foreground", self.polarity)])

    @cached_property
    def polarity(self) -> Literal["black", "white"]:
        """The stated foreground, or for ``auto`` a vote: a mask's border is mostly background.

        One vote for the whole set, so that a single inverted mask scores as what it is.

        Raises:
            DatasetError: the masks disagree too much to tell.
        """
        if self.foreground != "auto":
            return self.foreground
        step = max(1, len(self.samples) // POLARITY_VOTES)
        votes = [self._border_is_bright(sample) for sample in self.samples[::step]]
        cast = [vote for vote in votes if vote is not None]
        bright = sum(cast)
        if cast and max(bright, len(cast) - bright) < POLARITY_MAJORITY * len(cast):
            raise DatasetError(
                f"{self.name}: {bright} of {len(cast)} masks have a white border, so which level "
                "is the tool cannot be told; add dataset.foreground=black or white"
            )
        return "black" if cast and 2 * bright > len(cast) else "white"

    def _border_is_bright(self, sample: Sample) -> bool | None:
        """Whether a mask's border is mostly bright; None where the file cannot tell."""
        try:
            levels, is_alpha = read_levels(sample.truth_path)
        except PictureError:
            return None
        mask = levels >= THRESHOLD
        if is_alpha or mask.all() or not mask.any():
            return None
        border = np.concatenate((mask[0], mask[-1], mask[:, 0], mask[:, -1]))
        return bool(np.mean(border) > 0.5)

    def truth(self, sample: Sample, size: tuple[int, int]) -> tuple[Mask, tuple[str, ...]]:
        """Read a sample's truth as a Mask (bool) of the photo's ``size`` (height, width).

        Truth of another size is cut first and then resized by nearest neighbour, and the sample
        gets the tag ``truth-resized``. The prediction is never the one that is resized.

        Raises:
            PictureError: the file is unreadable, or its aspect is not the photo's.
        """
        levels, is_alpha = read_levels(sample.truth_path)
        mask = levels >= THRESHOLD
        if self.polarity == "black" and not is_alpha:
            mask = ~mask
        if mask.shape == size:
            return mask, ()
        _check_aspect(sample, (mask.shape[0], mask.shape[1]), size)
        resized = cv2.resize(
            mask.astype(np.uint8), (size[1], size[0]), interpolation=cv2.INTER_NEAREST_EXACT
        )
        return resized.astype(bool), ("truth-resized",)

    @cached_property
    def _files(self) -> dict[Path, str]:
        paths = [path for s in self.samples for path in (s.image_path, s.truth_path)]
        progress = tqdm(paths, desc=f"{self.name}: hashing", unit="file", leave=False, delay=2)
        return {path: file_hash(path) for path in progress}


def file_hash(path: Path) -> str:
    """sha256 of a file's bytes, in hex; an unreadable file hashes to its error's name."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return type(error).__name__


def _combine(pairs: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(ascii(list(pairs)).encode()).hexdigest()


def _check_aspect(sample: Sample, mask: tuple[int, int], photo: tuple[int, int]) -> None:
    def aspect(size: tuple[int, int]) -> float:
        return size[1] / size[0]

    if abs(aspect(mask) / aspect(photo) - 1) <= ASPECT_TOLERANCE:
        return
    turned = abs(aspect(mask) * aspect(photo) - 1) <= ASPECT_TOLERANCE
    raise PictureError(
        sample.truth_path,
        f"mask of {mask[1]}×{mask[0]} for a photo of {photo[1]}×{photo[0]}, another aspect",
        "it looks turned by 90°, so turn it upright" if turned else "export it at the photo's size",
    )
