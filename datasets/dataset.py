"""A dataset: samples in a fixed order, the problems of its files, and hashes of its content.

A photo without a truth is a ``problem``, not a sample: it is reported and left out of every row.
Unreadable photos and truths remain samples, as only opening the file reveals them.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import get_args

from datasets.arrays import THRESHOLD, Image, Mask
from datasets.caching import cache
from datasets.caching.file_hash import combined_hash, file_hash
from datasets.decoding.file_stamp import Stamp, stamp_of
from datasets.errors import DatasetError
from datasets.listing.shard import Shard
from datasets.parallel import in_parallel
from datasets.pictures import read_photo
from datasets.reading.choice import Choice, Foreground, parse_choice
from datasets.reading.decision import Polarity
from datasets.reading.mask_set import MaskSet, mask_set
from datasets.reading.truth_size import check_aspect, resized
from datasets.truth import Levels, MaskFile, Truth


@dataclass(frozen=True)
class Sample:
    """One photo with its truth. ``id`` is the file's stem or its path joined by dashes, in NFC.

    ``tags`` are stored as name=value;name=value: each ; becomes a comma, each = in a name a colon.
    ``drop_alpha``: the photo's alpha channel is its truth, the photo is the colours without it.
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

    @property
    def image_at_hand(self) -> Path | None:
        """The photo's file, None where it would have to be fetched first."""
        return self.image_path

    @property
    def suffix(self) -> str:
        """The suffix of the photo's name, in lower case."""
        return self.image_path.suffix.lower()

    @property
    def recorded_sha256(self) -> str | None:
        """The photo's sha256 for a run to record; None where the run's key contains it."""
        return None

    def digests(self) -> tuple[str, str]:
        """The hashes of photo and truth now."""
        return file_hash(self.image_path), self.truth.digest()

    def stamps(self) -> tuple[Stamp, Stamp]:
        """The stamps of photo and truth now."""
        return stamp_of(self.image_path), stamp_of(self.truth.path)

    def with_source(self, text: str) -> str:
        """An error's text that names the photo as the dataset does."""
        return text


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
    samples: Sequence[Sample]
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

        None where there are none, or all are black and white as the settings say, with a tool.
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

    def without(self, ids: Collection[str]) -> Sequence[Sample]:
        """The photos but those of these ``ids``."""
        return [sample for sample in self.samples if sample.id not in ids]

    def ahead(self, samples: Sequence[Sample], *, fetch: bool) -> Collection[Sample]:
        """``samples`` in turn; the next are looked up, or fetched, meanwhile. Here all are."""
        del fetch
        return samples

    def changed_photos(self, recorded: Mapping[str, str | None]) -> list[str]:
        """The ids of photos whose ``Sample.recorded_sha256`` is not the recorded one any more."""
        del recorded
        return []

    @property
    def planned_hash(self) -> str:
        """Hash of what a run is to predict: ``content_hash``, or what is known before reading."""
        return self.content_hash

    @property
    def _own_masks(self) -> tuple[Path, ...]:
        return tuple(s.truth.path for s in self.samples if isinstance(s.truth, MaskFile))

    @cached_property
    def photos_hash(self) -> str:
        """Hash of ids and photos: what predictions depend on."""
        return self.hash_of_photos(self.samples)

    def hash_of_photos(self, samples: Iterable[Sample]) -> str:
        """What ``photos_hash`` is of a part with these samples."""
        photos = ((s, self.digests_of(s)[0]) for s in samples)
        return combined_hash((s.id, photo + "+alpha" * s.drop_alpha) for s, photo in photos)

    @cached_property
    def content_hash(self) -> str:
        """Hash of ids, photos, truths and polarity: what scores depend on."""
        truths = ((s.id, truth) for s, (_, truth) in zip(self.samples, self.digests, strict=True))
        parts = [("photos", self.photos_hash), *truths, ("foreground", self.polarity)]
        if signature := self.masks.reading.signature:
            parts.append(("reading", signature))
        return combined_hash(parts)

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
        tagged ``truth_resized``. Predictions are never resized.

        Raises:
            PictureError: the file is unreadable, or its aspect is not the photo's.
        """
        mask = self.levels(sample, size) >= THRESHOLD
        if mask.shape == size:
            return mask, ()
        check_aspect(sample.truth.path, sample.image_path.name, (len(mask), len(mask[0])), size)
        return resized(mask, size), ("truth_resized",)

    def void_of(self, sample: Sample, size: tuple[int, int]) -> Mask | None:
        """The pixels that are not scored, as a Mask (bool) of the photo's ``size``; None without.

        It raises as ``levels`` does.
        """
        if not self.choice.void or not isinstance(sample.truth, MaskFile):
            return None
        return resized(self.masks.void(sample.truth.path), size)

    def photo_and_truth(self, sample: Sample) -> tuple[Image, Mask]:
        """Read a sample's photo (uint8 H×W×3) and its truth (bool H×W) at the photo's size.

        Raises:
            PictureError: one of the files is unreadable, or their aspects differ.
        """
        photo = sample.photo()
        return photo, self.truth(sample, (len(photo), len(photo[0])))[0]

    def photo_key(self, sample: Sample) -> str:
        """Hash of all that a sample's photo depends on: its file, and how it is read."""
        photo, code = self.digests_of(sample)[0], cache.code_key("datasets")
        return cache.key_of(photo, sample.drop_alpha, code)

    def truth_key(self, sample: Sample) -> str:
        """Hash of everything that a sample's truth depends on: its file, and how it is read."""
        reading = replace(self.masks.reading, line="")  # which counts the set's masks
        known = self.masks.files.get(sample.truth.path)
        return cache.key_of(self.digests_of(sample)[1], reading, known, cache.code_key("datasets"))

    @contextmanager
    def unchanged(self, sample: Sample) -> Iterator[None]:
        """Read a sample's files within this, as results are stored by the hashes that were loaded.

        Raises:
            DatasetError: photo or truth is not the one that was loaded, or was another meanwhile.
        """
        before = sample.stamps()
        try:
            yield
        finally:
            self._expect(sample, before)

    def expect_read(self, sample: Sample, stamp: Stamp) -> None:
        """Expect that a file of this ``stamp``, which was read elsewhere, is the loaded photo.

        Raises:
            DatasetError: it is not, or was another meanwhile.
        """
        self._expect(sample, (stamp, sample.stamps()[1]))

    def _expect(self, sample: Sample, stamps: tuple[Stamp, Stamp]) -> None:
        if sample.stamps() != stamps or sample.digests() != self.digests_of(sample):
            what = f"{self.name}: {sample.image_path} or its ground truth has changed"
            raise DatasetError(f"{what} while the command ran; run it again")

    def digests_of(self, sample: Sample) -> tuple[str, str]:
        """The hashes of a sample's photo and truth."""
        return self._by_id[sample.id]

    @cached_property
    def _by_id(self) -> dict[str, tuple[str, str]]:
        return dict(zip((s.id for s in self.samples), self.digests, strict=True))

    @cached_property
    def digests(self) -> list[tuple[str, str]]:
        """The hashes of each sample's photo and truth."""
        return in_parallel(lambda one: one.digests(), self.samples, f"{self.name}: hashing")
