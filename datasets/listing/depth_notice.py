"""What a reader must know of a dataset's photos of 16 bits a channel.

It stands apart from ``datasets.decoding.depth``, as all that decodes photos is part of a run's key.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from datasets.caching import cache
from datasets.caching.file_hash import file_hash
from datasets.decoding.depth import DEEP, narrow_bits


def depth_notice(photos: Iterable[Path]) -> str | None:
    """The line to print under a table about photos that hold fewer bits than their files."""
    deep = [path for path in photos if path.suffix.lower() in DEEP]
    found = Counter(bits for path in deep if (bits := _remembered_bits(path)))
    if not found:
        return None
    counts = ", ".join(f"{count} of {bits} bits" for bits, count in sorted(found.items()))
    return f"Photos in 16-bit files: {counts}; they are scaled by these, else they would be black."


def _remembered_bits(path: Path) -> int:
    """``narrow_bits``, 0 for None."""

    def key() -> str:
        return cache.key_of(file_hash(path), cache.code_key("datasets"))

    return int(cache.remembered("depth", key, lambda: narrow_bits(path) or 0))
