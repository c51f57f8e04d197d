"""A photo of a manifest: its files are fetched when they are first needed."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import overload

from datasets.arrays import Image
from datasets.by_url.digests import Digests
from datasets.by_url.locations import Location, locate, shown, suffix_of
from datasets.by_url.object_cache import ObjectCache
from datasets.by_url.row_table import ManifestRow, RowTable
from datasets.by_url.transfer import Refused
from datasets.caching.file_hash import file_hash, is_digest
from datasets.dataset import Sample
from datasets.decoding.file_stamp import Stamp, stamp_of
from datasets.errors import DatasetError
from datasets.pictures import PictureError, read_photo
from datasets.truth import MaskFile

SPARSE = 20  # of so many rows one is wanted: they are asked for one by one


class ObjectError(PictureError, DatasetError):
    """An object that cannot be read; the text names its URL, the reason and the remedy.

    Of one photo it is a failed photo. A command that needs this very photo ends with it.
    """

    def __init__(self, text: str) -> None:
        ValueError.__init__(self, text)


class RemoteFile:
    """A file that a manifest names, by a path or a URL. ``number`` is its place in ``digests``."""

    def __init__(
        self, location: Location, number: int, cache: ObjectCache, digests: Digests
    ) -> None:
        self.location = location
        self._number = number
        self._cache = cache
        self._digests = digests

    @property
    def source(self) -> str:
        """The path or URL for messages."""
        return shown(self.location)

    def path(self) -> Path:
        """The file, fetched if it is not here.

        Raises:
            ObjectError: it cannot be fetched.
        """
        if isinstance(self.location, Path):
            return self.location
        try:
            return self._cache.file(self.location, self._sha256())
        except Refused as error:
            raise ObjectError(f"{self.source}: {error}") from error

    def place(self) -> Path | None:
        """Where the file is, or was before it was removed; None where it was never fetched."""
        if isinstance(self.location, Path):
            return self.location
        sha256 = self._digests.known(self._number)
        return self._cache.place(self.location, sha256) if sha256 else None

    def digest(self) -> str:
        """Its sha256 as it is now, of an object as it was first read; else the error's name."""
        if isinstance(self.location, Path):
            return file_hash(self.location)
        try:
            return self._sha256().hex()
        except Refused as error:
            return error.kind

    def first_digest(self) -> str:
        """Its ``digest`` when this command first asked for it."""
        if isinstance(self.location, str):
            return self.digest()
        try:
            return self._digests.digest(self._number, self._hashed, Refused).hex()
        except Refused as error:
            return error.kind

    def stamp(self) -> Stamp:
        """The stamp of a file that may change; empty for an object, whose file is named by hash."""
        return stamp_of(self.location) if isinstance(self.location, Path) else ()

    def _sha256(self) -> bytes:
        assert isinstance(self.location, str)  # noqa: S101 - narrows the type
        read = partial(self._cache.look_up, self.location)
        return self._digests.digest(self._number, read, Refused)

    def _hashed(self) -> bytes:
        assert isinstance(self.location, Path)  # noqa: S101 - narrows the type
        found = file_hash(self.location)
        if not is_digest(found):
            raise Refused(found, "")
        return bytes.fromhex(found)


class RemoteMask(MaskFile):
    """A mask file that a manifest names."""

    def __init__(self, file: RemoteFile) -> None:
        object.__setattr__(self, "file", file)  # frozen

    file: RemoteFile

    @property
    def path(self) -> Path:
        """The file, fetched if it is not here; raises as ``RemoteFile.path``."""
        return self.file.path()

    def digest(self) -> str:
        """Hash of the file."""
        return self.file.digest()


class RemoteSample(Sample):
    """A photo with its truth, both files that a manifest names."""

    image: RemoteFile
    truth: RemoteMask

    def __init__(self, row: ManifestRow, image: RemoteFile, truth: RemoteFile) -> None:
        for name, value in (
            *(("id", row.id), ("tags", row.tags), ("mm_per_px", row.mm_per_px)),
            *(("image", image), ("truth", RemoteMask(truth)), ("drop_alpha", False)),
        ):
            object.__setattr__(self, name, value)  # frozen
        self.__post_init__()

    @property
    def image_path(self) -> Path:
        """The photo's file, fetched if it is not here; raises as ``RemoteFile.path``."""
        return self.image.path()

    @property
    def image_at_hand(self) -> Path | None:
        """The photo's file if it is here."""
        place = self.image.place()
        return place if place is not None and stamp_of(place) else None

    @property
    def suffix(self) -> str:
        """The suffix of the photo's name, in lower case."""
        return suffix_of(self.image.location)

    @property
    def recorded_sha256(self) -> str | None:
        """The sha256 of the photo as it was read, for a run to record."""
        digest = self.image.first_digest()
        return digest if is_digest(digest) else None

    def photo(self, least_px: int | None = None) -> Image:
        """Read the photo; errors name its URL."""
        with self.named():
            return read_photo(self.image_path, self.drop_alpha, least_px)

    def digests(self) -> tuple[str, str]:
        """The hashes of photo and truth now."""
        return self.image.digest(), self.truth.digest()

    def stamps(self) -> tuple[Stamp, Stamp]:
        """The stamps of photo and truth, as far as they may change."""
        return self.image.stamp(), self.truth.file.stamp()

    def with_source(self, text: str) -> str:
        """An error's text with the URLs of its files in place of their names in the cache."""
        for file in (self.image, self.truth.file):
            if isinstance(file.location, str) and (place := file.place()) is not None:
                text = text.replace(str(place), file.source)
                text = text.replace(place.name, file.source.rpartition("/")[2])
        return text

    @contextmanager
    def named(self) -> Iterator[None]:
        """Within this, errors of pictures name the URLs of its files."""
        try:
            yield
        except ObjectError:
            raise
        except PictureError as error:
            raise ObjectError(self.with_source(str(error))) from error


class RemoteSamples(Sequence[Sample]):
    """The photos at some places of a table, each made when it is asked for."""

    def __init__(self, maker: "SampleMaker", places: Sequence[int]) -> None:
        self.maker = maker
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> "RemoteSamples": ...
    def __getitem__(self, index: int | slice) -> "Sample | RemoteSamples":
        if isinstance(index, slice):
            return RemoteSamples(self.maker, self.places[index])
        place = self.places[index]
        return self.maker.made(place, next(self.maker.table.rows(place, place + 1)))

    def __iter__(self) -> Iterator[Sample]:
        return (self.maker.made(place, row) for place, row in self.rows())

    def rows(self) -> Iterator[tuple[int, ManifestRow]]:
        """Each place with its row, in the order of the places, which rise."""
        if not self.places:
            return
        first, last = self.places[0], self.places[-1]
        if last - first > SPARSE * len(self.places):
            for place in self.places:
                yield place, next(self.maker.table.rows(place, place + 1))
            return
        wanted = iter(self.places)
        due: int | None = next(wanted)
        for at, row in enumerate(self.maker.table.rows(first, last + 1), first):
            if at == due:
                yield at, row
                due = next(wanted, None)


class SampleMaker:
    """Makes the photos of a table, whose paths start at ``folder``."""

    def __init__(self, table: RowTable, folder: Path, cache: ObjectCache) -> None:
        self.table = table
        self._folder = folder
        self._cache = cache
        self._digests = Digests(2 * table.count)

    def made(self, place: int, row: ManifestRow) -> RemoteSample:
        """The photo at a place."""
        files = [
            RemoteFile(locate(self._folder, text), 2 * place + part, self._cache, self._digests)
            for part, text in enumerate((row.image, row.truth))
        ]
        return RemoteSample(row, *files)

    def missing(self, file: RemoteFile) -> Path:
        """A path at which nothing is, for a file that cannot be fetched."""
        name = hashlib.sha256(file.source.encode()).hexdigest()
        return self._folder / f".not-fetched-{name}"
