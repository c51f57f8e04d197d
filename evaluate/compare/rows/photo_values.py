"""A number for each photo: as a mapping by id, and as an array for arithmetic on many photos."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import overload

import numpy as np
import numpy.typing as npt

from evaluate.store.formats.csv_columns import FloatColumn

Places = npt.NDArray[np.intp]


class Photos(Sequence[str]):
    """The ids of a dataset's photos in order; rows of one comparison share one object."""

    def __init__(self, ids: Sequence[str]) -> None:
        self.ids = ids

    @cached_property
    def places(self) -> dict[str, int]:
        """The index of each photo by its id."""
        return {id_: place for place, id_ in enumerate(self.ids)}

    @cached_property
    def digest(self) -> str:
        """The hash of all ids in their order."""
        return hashlib.sha256(ascii(list(self.ids)).encode()).hexdigest()

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...
    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        return self.ids[place]

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[str]:
        return iter(self.ids)


class SomePhotos(Photos):
    """The photos at ``at`` (indices) among ``among``."""

    def __init__(self, among: Photos, at: Places) -> None:
        self.among, self.at = among, at

    @cached_property
    def ids(self) -> Sequence[str]:  # type: ignore[override]
        """Made only if asked for, as large datasets have many slices."""
        return [self.among.ids[place] for place in self.at.tolist()]

    def __len__(self) -> int:
        return len(self.at)


class PhotoValues(Mapping[str, float]):
    """``array`` (float64) has a value for each of ``photos``, in their order."""

    def __init__(self, photos: Photos, array: FloatColumn) -> None:
        self.photos, self.array = photos, array

    def __getitem__(self, id_: str) -> float:
        return float(self.array[self.photos.places[id_]])

    def __contains__(self, id_: object) -> bool:
        return id_ in self.photos.places

    def __iter__(self) -> Iterator[str]:
        return iter(self.photos)

    def __len__(self) -> int:
        return len(self.array)


def photos_of(values: Mapping[str, float]) -> Photos:
    """The photos that have a value, in order."""
    return values.photos if isinstance(values, PhotoValues) else Photos(list(values))


def values_at(values: Mapping[str, float], photos: Sequence[str]) -> FloatColumn:
    """The values (float64) of these photos, in their order."""
    if isinstance(values, PhotoValues):
        if photos is values.photos:
            return values.array
        if isinstance(photos, SomePhotos) and photos.among is values.photos:
            return values.array[photos.at]
    return np.array([values[id_] for id_ in photos], np.float64)
