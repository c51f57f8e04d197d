"""A part of a dataset's photos, chosen by their ids alone."""

import hashlib
from dataclasses import dataclass


def shard_number(id_: str, of: int) -> int:
    """The number (1..``of``) of the shard that a photo belongs to.

    It is a hash of the id modulo ``of``. So it depends neither on the order of the photos nor on
    which others there are.
    """
    digest = hashlib.sha256(id_.encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % of + 1


@dataclass(frozen=True, order=True)
class Shard:
    """The ``number``-th of ``of`` shards, from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        """As it is typed: 2/3."""
        return f"{self.number}/{self.of}"

    @property
    def folder(self) -> str:
        """As a folder is called: 2-of-3."""
        return f"{self.number}-of-{self.of}"

    def has(self, id_: str) -> bool:
        """Whether it has the photo of this id."""
        return shard_number(id_, self.of) == self.number
