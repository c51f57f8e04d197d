"""A dataset of a manifest: nothing is fetched before it is needed, and what is needed next, ahead.

- The run's key has the ids and the photos' names in the manifest. Each prediction records the hash
  of the photo that was read; one whose photo is another now is predicted again.
- The dataset's hash has the hashes of all photos and truths as this command has read them.
- How truths are read is decided from a sample of them, spread over the manifest.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from datasets.arrays import Mask
from datasets.by_url.locations import identity
from datasets.by_url.remote_sample import RemoteFile, RemoteSample, RemoteSamples, SampleMaker
from datasets.caching import cache
from datasets.caching.file_hash import combined_hash
from datasets.dataset import Dataset, Sample
from datasets.decoding.file_stamp import Stamp, stamp_of
from datasets.listing.shard import Shard
from datasets.messages import counted
from datasets.pictures import PictureError
from datasets.truth import Levels

FETCHING_THREADS = 32


@dataclass(frozen=True)
class ManifestDataset(Dataset):
    """Photos of a manifest of ``whole`` photos; ``ahead_photos`` are fetched while one is used.

    ``surveyed`` truths decide how all are read; None: all of them.
    """

    maker: SampleMaker = field(kw_only=True)
    whole: int = field(kw_only=True)
    ahead_photos: int = field(kw_only=True)
    surveyed: int | None = field(kw_only=True)

    @property
    def photos(self) -> RemoteSamples:
        """The samples, of which each is made when it is asked for."""
        assert isinstance(self.samples, RemoteSamples)  # noqa: S101 - narrows the type
        return self.samples

    def part(self, samples: Iterable[Sample], shard: Shard | None = None) -> Dataset:
        """Some of its photos, those of ``shard``; their masks are read as the whole set's are."""
        return replace(self, samples=self._remote_samples(samples), shard=shard)

    def _remote_samples(self, samples: Iterable[Sample]) -> RemoteSamples:
        if isinstance(samples, RemoteSamples):
            return samples
        ids = {sample.id for sample in samples}
        places = [place for place, row in self.photos.rows() if row.id in ids]
        return RemoteSamples(self.maker, places)

    def without(self, ids: Collection[str]) -> Sequence[Sample]:
        """The photos but those of these ``ids``."""
        if not ids:
            return self.samples
        left = [place for place, row in self.photos.rows() if row.id not in ids]
        return RemoteSamples(self.maker, left)

    def ahead(self, samples: Sequence[Sample], *, fetch: bool) -> Collection[Sample]:
        """The photos in turn; the next ones are looked up, or fetched, in threads meanwhile."""
        return _Ahead(samples, self.ahead_photos, _fetched if fetch else _looked_up)

    def changed_photos(self, recorded: Mapping[str, str | None]) -> list[str]:
        """The ids of photos that are not as they were recorded any more."""
        known = [place for place, row in self.photos.rows() if recorded.get(row.id)]
        found = self.ahead(RemoteSamples(self.maker, known), fetch=False)
        return [one.id for one in found if one.recorded_sha256 != recorded[one.id]]

    @cached_property
    def photos_hash(self) -> str:
        """Hash of ids and of what the manifest calls the photos, without what signs a URL."""
        return self.hash_of_photos(self.photos)

    def hash_of_photos(self, samples: Iterable[Sample]) -> str:
        """What ``photos_hash`` is of a part with these samples."""
        rows = self._remote_samples(samples).rows()
        return combined_hash((row.id, identity(row.image)) for _, row in rows)

    @cached_property
    def content_hash(self) -> str:
        """Hash of ids, photos, truths and how these are read; each is looked up if it was not."""
        found = self.ahead(self.samples, fetch=False)
        pairs = ((s.id, " ".join(self.digests_of(s))) for s in found)
        reading = self.masks.reading
        return cache.key_of(combined_hash(pairs), self.polarity, reading.signature)

    @property
    def planned_hash(self) -> str:
        """Hash of what is known before any photo is read: the manifest's rows."""
        rows = (row for _, row in self.photos.rows())
        return combined_hash((r.id, f"{identity(r.image)} {identity(r.truth)}") for r in rows)

    @property
    def reading(self) -> str | None:
        """How mask files are read, and from how many that was decided."""
        line, count = super().reading, len(self._own_masks)
        if line is None or count == self.whole:
            return line
        return f"{line}; decided from {counted(count, 'mask')} of {self.whole:,}"

    @property
    def has_mask_files(self) -> bool:
        """All truths are mask files."""
        return True

    @cached_property
    def _own_masks(self) -> tuple[Path, ...]:
        """The files that are surveyed, of the whole manifest and not of a part."""
        count = min(self.whole, self.surveyed or self.whole)
        places = [number * self.whole // count for number in range(count)]
        samples = RemoteSamples(self.maker, places)
        found = _Ahead(samples, self.ahead_photos, _fetched_truth)
        return tuple(self._surveyed_path(one.truth.file) for one in map(_remote, found))

    def _surveyed_path(self, file: RemoteFile) -> Path:
        try:
            return file.path()
        except PictureError:
            return self.maker.missing(file)  # is counted as unreadable

    def levels(self, sample: Sample, size: tuple[int, int]) -> Levels:
        """A sample's truth before it is cut; raises as ``Dataset.levels`` does."""
        with _remote(sample).named():
            return super().levels(sample, size)

    def truth(self, sample: Sample, size: tuple[int, int]) -> tuple[Mask, tuple[str, ...]]:
        """A sample's truth; raises as ``Dataset.truth`` does."""
        with _remote(sample).named():
            return super().truth(sample, size)

    def void_of(self, sample: Sample, size: tuple[int, int]) -> Mask | None:
        """The pixels that are not scored; raises as ``Dataset.void_of`` does."""
        with _remote(sample).named():
            return super().void_of(sample, size)

    def truth_key(self, sample: Sample) -> str:
        """Hash of everything that a sample's truth depends on; its file need not be here."""
        file = _remote(sample).truth.file
        digest, place = file.first_digest(), file.place()
        reading = replace(self.masks.reading, line="")
        known = self.masks.files.get(place) if place else None
        return cache.key_of(digest, reading, known, cache.code_key("datasets"))

    def expect_read(self, sample: Sample, stamp: Stamp) -> None:
        """Expect that a file of this ``stamp`` is the photo; an object's file never changes."""
        image = _remote(sample).image
        place = image.place()
        now = stamp_of(place) if place else ()
        self._expect(sample, (image.stamp() if now in ((), stamp) else stamp, sample.stamps()[1]))

    def digests_of(self, sample: Sample) -> tuple[str, str]:
        """The hashes of a sample's photo and truth as this command first read them."""
        one = _remote(sample)
        return one.image.first_digest(), one.truth.file.first_digest()


class _Ahead(Collection[Sample]):
    """``samples`` in turn; ``prepare`` has been begun for the next ``count`` of them."""

    def __init__(
        self, samples: Sequence[Sample], count: int, prepare: Callable[[RemoteSample], object]
    ) -> None:
        self._samples = samples
        self._count = count
        self._prepare = prepare

    def __len__(self) -> int:
        return len(self._samples)

    def __contains__(self, item: object) -> bool:
        return item in self._samples

    def __iter__(self) -> Iterator[Sample]:
        waiting: deque[tuple[Sample, Future[object]]] = deque()
        pool = ThreadPoolExecutor(min(FETCHING_THREADS, self._count), "fetch")
        try:
            for sample in self._samples:
                waiting.append((sample, pool.submit(self._prepared, sample)))
                if len(waiting) > self._count:
                    yield _next(waiting)
            while waiting:
                yield _next(waiting)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _prepared(self, sample: Sample) -> None:
        with suppress(PictureError):  # whoever uses the photo reports it
            self._prepare(_remote(sample))


def _next(waiting: deque[tuple[Sample, Future[object]]]) -> Sample:
    sample, prepared = waiting.popleft()
    prepared.result()
    return sample


def _remote(sample: Sample) -> RemoteSample:
    assert isinstance(sample, RemoteSample)  # noqa: S101 - narrows the type
    return sample


def _fetched(sample: RemoteSample) -> None:
    with suppress(PictureError):
        sample.image.path()
    sample.truth.file.path()


def _fetched_truth(sample: RemoteSample) -> None:
    sample.truth.file.path()


def _looked_up(sample: RemoteSample) -> None:
    sample.image.first_digest()
    sample.truth.file.first_digest()
