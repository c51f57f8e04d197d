"""What is known of the photos, tags and traits, by column: a million photos have no dict each."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from evaluate.compare.rows.photo_values import Photos
from evaluate.store.formats.columns import ABSENT, PhotoColumn, column_of, values_of

PhotoRecord: TypeAlias = Mapping[str, Any]


class Known(Mapping[str, PhotoRecord]):
    """``columns`` by name, each with a value for every one of ``photos``, or none.

    As a mapping, it gives the values that a photo has, by its id.
    """

    def __init__(self, photos: Photos, columns: Mapping[str, PhotoColumn]) -> None:
        self.photos, self.columns = photos, columns

    @classmethod
    def of(cls, records: Mapping[str, PhotoRecord]) -> "Known":
        """The columns of one record per photo."""
        if isinstance(records, Known):
            return records
        return cls(Photos(list(records)), record_columns(list(records.values())))

    def each(self) -> Iterator[dict[str, Any]]:
        """The record of every photo, in order."""
        names = list(self.columns)
        columns = [values_of(column) for column in self.columns.values()]
        if not columns:
            yield from ({} for _ in self.photos)
            return
        for values in zip(*columns, strict=True):
            pairs = zip(names, values, strict=True)
            yield {name: value for name, value in pairs if value is not ABSENT}

    def by_photo(self, name: str) -> dict[str, Any]:
        """The values of one column by photo id; without photos that have none."""
        if name not in self.columns:
            return {}
        pairs = zip(self.photos, values_of(self.columns[name]), strict=True)
        return {id_: value for id_, value in pairs if value is not ABSENT}

    def __getitem__(self, id_: str) -> PhotoRecord:
        at = np.array([self.photos.places[id_]])
        found = {name: values_of(column[at])[0] for name, column in self.columns.items()}
        return {name: value for name, value in found.items() if value is not ABSENT}

    def __iter__(self) -> Iterator[str]:
        return iter(self.photos)

    def __len__(self) -> int:
        return len(self.photos)


def record_columns(records: Sequence[PhotoRecord | None]) -> dict[str, PhotoColumn]:
    """The columns of records, in order of first appearance; None is a record without values."""
    names: dict[str, None] = {}
    for record in records:
        if record and not names.keys() >= record.keys():
            names.update(dict.fromkeys(record))
    empty: PhotoRecord = {}
    full = [record or empty for record in records]
    return {name: column_of([record.get(name, ABSENT) for record in full]) for name in names}
