"""Which photos of a folder are traced: by name, the first ones, those of a shard."""

from collections.abc import Sequence
from dataclasses import dataclass

from datasets.listing.shard import Shard
from evaluate.errors import SettingsError, did_you_mean


@dataclass(frozen=True)
class PhotoChoice:
    """``names`` is ``trace.id`` as it was typed, A,B; None: all photos, as of ``limit``, ``shard``.

    A photo's own name may hold commas.
    """

    names: str | None = None
    limit: int | None = None
    shard: Shard | None = None

    def of(self, ids: Sequence[str]) -> list[str]:
        """The chosen of ``ids``.

        Raises:
            SettingsError: a name is not among them.
        """
        if self.names is not None:
            ids = [self.names] if self.names in ids else self._named(self.names, ids)
        return [id_ for id_ in ids[: self.limit] if self.shard is None or self.shard.has(id_)]

    @staticmethod
    def _named(names: str, ids: Sequence[str]) -> list[str]:
        words = [word.strip() for word in names.split(",")]
        for word in words:
            if word not in ids:
                hint = did_you_mean(word, ids)
                raise SettingsError(f"trace.id={names}: no photo is called {word}{hint}")
        return list(dict.fromkeys(words))
