"""A dataset: samples in a fixed order, the problems of its files, and hashes of its content.

A photo without a truth is a ``problem``, not a sample: it is reported and left out of every row. An
unreadable photo or truth remains a sample, because only opening the file reveals it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias, get_args

import cv2
import numpy as np
from tqdm import tqdm

from datasets.arrays import THRESHOLD, Image, Mask
from datasets.errors import DatasetError
from datasets.pictures import PictureError, read_photo
from datasets.truth import Truth, file_hash

Foreground: TypeAlias = Literal["black", "white", "auto"]

# Gemini's masks are 1 to 3 % off their photo's aspect; swapped or cropped pairs are further off.
ASPECT_TOLERANCE = 0.10
POLARITY_VOTES = 25
POLARITY_MAJORITY = 0.8


@dataclass(frozen=True)
class Sample:
    """One photo with its truth. ``id`` is the file's stem or its path joined by dashes, in NFC.

    ``tags`` are stored as name=value;name=value, so each ; is replaced by a comma, and each = in a
    name by a colon. ``drop_alpha`` means that the photo's alpha channel is its truth, and that the
    photo is the colours without it.
    """

    id: str
    image_path: Path
    truth: Truth
    tags: Mapping[str, str] = field(default_factory=dict)
    mm_per_px: float | None = None
    drop_alpha: bool = False

    def __post_init__(self) -> None:
        plain = {
            name.replace(";", ",").replace("=", ":"): value.replace(";", ",")
            for name, value in self.tags.items()
        }
        object.__setattr__(self, "tags", plain)  # frozen

    def photo(self) -> Image:
        """Read the photo.

        Raises:
            PictureError: it cannot be read.
        """
        return read_photo(self.image_path, self.drop_alpha)


@dataclass(frozen=True)
class Dataset:
    """Samples sorted by id. ``foreground`` is the level of a mask file that is the tool.

    ``problems`` are photos that are missing from it. ``notices`` are what a reader of its numbers
    must know; they stand under every table. ``warnings`` are faults that lose no photo.

    Raises:
        DatasetError: ``foreground`` is not black, white or auto.
    """

    name: str
    samples: tuple[Sample, ...]
    problems: tuple[str, ...] = ()
    foreground: Foreground = "auto"
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.foreground not in get_args(Foreground):
            raise DatasetError(f"dataset.foreground={self.foreground}: use black, white or auto")

    @cached_property
    def photos_hash(self) -> str:
        """Hash of ids and photos: what predictions depend on."""
        return _combine(
            (s.id, photo + "+alpha" * s.drop_alpha)
            for s, (photo, _) in zip(self.samples, self.digests, strict=True)
        )

    @cached_property
    def content_hash(self) -> str:
        """Hash of ids, photos, truths and polarity: what scores depend on."""
        truths = ((s.id, truth) for s, (_, truth) in zip(self.samples, self.digests, strict=True))
        return _combine([("photos", self.photos_hash), *truths, ("foreground", self.polarity)])

    @cached_property
    def polarity(self) -> Literal["black", "white"]:
        """The stated foreground; for ``auto`` a majority vote, as borders are mostly background.

        The vote is one for the whole dataset, so that a single inverted mask scores as inverted.

        Raises:
            DatasetError: the majority is smaller than ``POLARITY_MAJORITY``.
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
            levels, absolute = sample.truth.levels((1, 1))
        except PictureError:
            return None
        mask = levels >= THRESHOLD
        if absolute or mask.all() or not mask.any():
            return None
        border = np.concatenate((mask[0], mask[-1], mask[:, 0], mask[:, -1]))
        return bool(np.mean(border) > 0.5)

    def truth(self, sample: Sample, size: tuple[int, int]) -> tuple[Mask, tuple[str, ...]]:
        """Read a sample's truth as a Mask (bool) of the photo's ``size`` (height, width).

        Also returns tags: a truth of another size is cut, then resized by nearest neighbour, and
        tagged ``truth-resized``. Predictions are never resized.

        Raises:
            PictureError: the file is unreadable, or its aspect is not the photo's.
        """
        levels, absolute = sample.truth.levels(size)
        mask = levels >= THRESHOLD
        if not absolute and self.polarity == "black":
            mask = ~mask
        if mask.shape == size:
            return mask, ()
        _check_aspect(sample, (mask.shape[0], mask.shape[1]), size)
        resized = cv2.resize(
            mask.astype(np.uint8), (size[1], size[0]), interpolation=cv2.INTER_NEAREST_EXACT
        )
        return resized.astype(bool), ("truth-resized",)

    def photo_and_truth(self, sample: Sample) -> tuple[Image, Mask]:
        """Read a sample's photo (uint8 H×W×3) and its truth (bool H×W) at the photo's size.

        Raises:
            PictureError: one of the files is unreadable, or their aspects differ.
        """
        photo = sample.photo()
        truth, _ = self.truth(sample, (photo.shape[0], photo.shape[1]))
        return photo, truth

    @cached_property
    def digests(self) -> list[tuple[str, str]]:
        """The hashes of each sample's photo and truth."""
        progress = tqdm(
            self.samples, desc=f"{self.name}: hashing", unit="photo", leave=False, delay=2
        )
        return [(file_hash(s.image_path), s.truth.digest()) for s in progress]


def _combine(pairs: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(ascii(list(pairs)).encode()).hexdigest()


def _check_aspect(sample: Sample, mask: tuple[int, int], photo: tuple[int, int]) -> None:
    def aspect(size: tuple[int, int]) -> float:
        return size[1] / size[0]

    swapped = mask == photo[::-1]  # within the tolerance too where the photo is nearly square
    if abs(aspect(mask) / aspect(photo) - 1) <= ASPECT_TOLERANCE and not swapped:
        return
    turned = abs(aspect(mask) * aspect(photo) - 1) <= ASPECT_TOLERANCE
    raise PictureError(
        sample.truth.path,
        f"mask of {mask[1]}×{mask[0]} for a photo of {photo[1]}×{photo[0]}, another aspect "
        f"({sample.image_path.name})",
        "it looks turned by 90°, so turn it upright" if turned else "export it at the photo's size",
    )
