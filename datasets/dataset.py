"""A dataset: samples in a fixed order, the problems of its files, and hashes of its content.

A photo without a truth is a ``problem``, not a sample: it is reported and left out of every row. An
unreadable photo or truth remains a sample, because only opening the file reveals it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from datasets.arrays import THRESHOLD, Image, Mask
from datasets.caching import cache
from datasets.caching.file_hash import file_hash
from datasets.decoding.file_stamp import Stamp, stamp_of
from datasets.errors import DatasetError
from datasets.listing.shard import Shard
from datasets.parallel import in_parallel
from datasets.pictures import PictureError, read_photo
from datasets.reading.choice import Choice, Foreground, parse_choice
from datasets.reading.decision import Polarity
from datasets.reading.mask_set import MaskSet, mask_set
from datasets.truth import Levels, MaskFile, Truth

# Gemini's masks are 1 to 3 % off their photo's aspect; swapped or cropped pairs are further off.
ASPECT_TOLERANCE = 0.10


@dataclass(frozen=True)
class Sample:
    """One photo with its truth. ``id`` is the file's stem or its path joined by dashes, in NFC.

    ``tags`` are stored as name=value;name=value, so each ; is replaced by a comma, and each = in a
    name by a colon. ``drop_alpha`` means that the photo's alpha channel is its truth, and that the
    photo is the colours without it.
    """

    id: str
    image_path: Path
    truth: Truth | MaskFile
    tags: Mapping[str, str] = field(default_factory=dict)
    mm_per_px: float | None = None
    drop_alpha: bool = False

    def __post_init__(self) -> None:
        plain = {
            name.replace(";", ",").replace("=", ":"): value.replace(";", ",")
            for name, value in self.tags.items()
        }
        object.__setattr__(self, "tags", plain)  # frozen

    def photo(self, least_px: int | None = None) -> Image:
        """Read the photo, with ``least_px`` perhaps smaller: ``datasets.pictures.read_photo``.

        Raises:
            PictureError: it cannot be read.
        """
        return read_photo(self.image_path, self.drop_alpha, least_px)


@dataclass(frozen=True)
class Dataset:
    """Samples sorted by id. ``foreground`` is the level of a mask file that is the tool.

    ``problems`` are photos that are missing from it. ``notices`` are what a reader of its numbers
    must know; they stand under every table. ``warnings`` are faults that lose no photo. ``labels``
    and ``void`` choose from label maps (``datasets.reading.choice``). ``mask_files`` are those
    that decide how masks are read, where that is not only the samples' own. ``shard`` is theirs.

    Raises:
        DatasetError: ``foreground`` is none of the three, or labels are not written as such.
    """

    name: str
    samples: tuple[Sample, ...]
    problems: tuple[str, ...] = ()
    foreground: Foreground = "auto"
    notices: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    labels: object = None
    void: object = None
    mask_files: tuple[Path, ...] | None = None
    shard: Shard | None = None

    def __post_init__(self) -> None:
        if self.foreground not in get_args(Foreground):
            raise DatasetError(f"dataset.foreground={self.foreground}: use black, white or auto")
        _ = self.choice  # checked now

    @property
    def choice(self) -> Choice:
        """What the settings say of the mask files."""
        return parse_choice(self.foreground, self.labels, self.void)

    @cached_property
    def masks(self) -> MaskSet:
        """The mask files, and how they are read. Each is decoded once to decide.

        Raises:
            DatasetError: they cannot be read as masks of one thing.
        """
        files = self._own_masks if self.mask_files is None else self.mask_files
        try:
            return mask_set(files, self.choice, self.name)
        except DatasetError as error:
            raise DatasetError(f"{self.name}: {error}") from error

    @property
    def reading(self) -> str | None:
        """How mask files are read, and how many are empty or full.

        None if there are none, or all are black and white as the settings say, none empty or full.
        """
        stated = self.foreground != "auto" and not self.masks.reading.signature
        if not self._own_masks or (stated and not self.masks.blank(self._own_masks)):
            return None
        return self.masks.line(self._own_masks)

    @property
    def has_mask_files(self) -> bool:
        """Whether any truth is a mask file, which ``reading`` speaks of."""
        return bool(self._own_masks)

    def part(self, samples: Iterable[Sample], shard: Shard | None = None) -> "Dataset":
        """Some of its samples, those of ``shard``; their masks are read as the whole set's are."""
        files = self._own_masks if self.mask_files is None else self.mask_files
        return replace(self, samples=tuple(samples), mask_files=files, shard=shard)

    @property
    def _own_masks(self) -> tuple[Path, ...]:
        return tuple(s.truth.path for s in self.samples if isinstance(s.truth, MaskFile))

    @cached_property
    def photos_hash(self) -> str:
        """Hash of ids and photos: what predictions depend on."""
        return self.hash_of_photos(self.samples)

    def hash_of_photos(self, samples: Iterable[Sample]) -> str:
        """What ``photos_hash`` is of a part with these samples."""
        return _combine((s.id, self.digests_of(s)[0] + "+alpha" * s.drop_alpha) for s in samples)

    @cached_property
    def content_hash(self) -> str:
        """Hash of ids, photos, truths and polarity: what scores depend on."""
        truths = ((s.id, truth) for s, (_, truth) in zip(self.samples, self.digests, strict=True))
        parts = [("photos", self.photos_hash), *truths, ("foreground", self.polarity)]
        if signature := self.masks.reading.signature:
            parts.append(("reading", signature))
        return _combine(parts)

    @property
    def polarity(self) -> Polarity:
        """Which level of the mask files is the tool: stated, or voted by all of them together.

        The vote is one for the whole dataset, so that a single inverted mask scores as inverted.

        Raises:
            DatasetError: the masks disagree too much to tell, or cannot be read.
        """
        return self.masks.reading.polarity

    def levels(self, sample: Sample, size: tuple[int, int]) -> Levels:
        """A sample's truth before it is cut and resized: uint8 H×W, 128 and more the tool.

        Raises:
            PictureError: the file is unreadable.
        """
        if isinstance(sample.truth, MaskFile):
            return self.masks.levels(sample.truth.path)
        levels, absolute = sample.truth.levels(size)
        return levels if absolute or self.polarity == "white" else 255 - levels

    def truth(self, sample: Sample, size: tuple[int, int]) -> tuple[Mask, tuple[str, ...]]:
        """Read a sample's truth as a Mask (bool) of the photo's ``size`` (height, width).

        Also returns tags: a truth of another size is cut, then resized by nearest neighbour, and
        tagged ``truth-resized``. Predictions are never resized.

        Raises:
            PictureError: the file is unreadable, or its aspect is not the photo's.
        """
        mask = self.levels(sample, size) >= THRESHOLD
        if mask.shape == size:
            return mask, ()
        _check_aspect(sample, (mask.shape[0], mask.shape[1]), size)
        return _resized(mask, size), ("truth-resized",)

    def void_of(self, sample: Sample, size: tuple[int, int]) -> Mask | None:
        """The pixels that are not scored, as a Mask (bool) of the photo's ``size``; None without.

        Raises:
            PictureError: the file is unreadable.
        """
        if not self.choice.void or not isinstance(sample.truth, MaskFile):
            return None
        mask = self.masks.void(sample.truth.path)
        return mask if mask.shape == size else _resized(mask, size)

    def photo_and_truth(self, sample: Sample) -> tuple[Image, Mask]:
        """Read a sample's photo (uint8 H×W×3) and its truth (bool H×W) at the photo's size.

        Raises:
            PictureError: one of the files is unreadable, or their aspects differ.
        """
        photo = sample.photo()
        truth, _ = self.truth(sample, (photo.shape[0], photo.shape[1]))
        return photo, truth

    def photo_key(self, sample: Sample) -> str:
        """Hash of everything that a sample's photo depends on: its file, and how it is read."""
        photo, _ = self.digests_of(sample)
        return cache.key_of(photo, sample.drop_alpha, cache.code_key("datasets"))

    def truth_key(self, sample: Sample) -> str:
        """Hash of everything that a sample's truth depends on: its file, and how it is read."""
        _, truth = self.digests_of(sample)
        reading = replace(self.masks.reading, line="")  # which counts the set's masks
        known = self.masks.files.get(sample.truth.path)
        return cache.key_of(truth, reading, known, cache.code_key("datasets"))

    @contextmanager
    def unchanged(self, sample: Sample) -> Iterator[None]:
        """Read a sample's files within this, as results are stored by the hashes that were loaded.

        Raises:
            DatasetError: photo or truth is not the one that was loaded, or was another meanwhile.
        """
        before = _stamps(sample)
        try:
            yield
        finally:
            self._expect(sample, before)

    def expect_read(self, sample: Sample, stamp: Stamp) -> None:
        """Expect that a file of this ``stamp``, which was read elsewhere, is the loaded photo.

        Raises:
            DatasetError: it is not, or was another meanwhile.
        """
        self._expect(sample, (stamp, stamp_of(sample.truth.path)))

    def _expect(self, sample: Sample, stamps: tuple[Stamp, Stamp]) -> None:
        if _stamps(sample) != stamps or _digests(sample) != self.digests_of(sample):
            raise DatasetError(
                f"{self.name}: {sample.image_path} or its ground truth has changed while the "
                "command ran; run it again"
            )

    def digests_of(self, sample: Sample) -> tuple[str, str]:
        """The hashes of a sample's photo and truth."""
        return self._by_id[sample.id]

    @cached_property
    def _by_id(self) -> dict[str, tuple[str, str]]:
        return dict(zip((s.id for s in self.samples), self.digests, strict=True))

    @cached_property
    def digests(self) -> list[tuple[str, str]]:
        """The hashes of each sample's photo and truth."""
        return in_parallel(_digests, self.samples, f"{self.name}: hashing")


def _stamps(sample: Sample) -> tuple[Stamp, Stamp]:
    return stamp_of(sample.image_path), stamp_of(sample.truth.path)


def _digests(sample: Sample) -> tuple[str, str]:
    return file_hash(sample.image_path), sample.truth.digest()


def _combine(pairs: Iterable[tuple[str, str]]) -> str:
    return hashlib.sha256(ascii(list(pairs)).encode()).hexdigest()


def _resized(mask: Mask, size: tuple[int, int]) -> Mask:
    shape = size[1], size[0]
    resized = cv2.resize(mask.astype(np.uint8), shape, interpolation=cv2.INTER_NEAREST_EXACT)
    return resized.astype(bool)


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
