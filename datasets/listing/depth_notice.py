"""What a reader must know of a dataset's photos of 16 bits a channel.

It stands apart from ``datasets.decoding.depth``, as all that decodes photos is part of a run's key.
"""

from collections import Counter
from collections.abc import Iterable

from datasets.caching import cache
from datasets.dataset import Sample
from datasets.decoding.depth import DEEP, narrow_bits
from datasets.pictures import PictureError


def depth_notice(samples: Iterable[Sample]) -> str | None:
    """The line to print under a table about photos that hold fewer bits than their files."""
    deep = (sample for sample in samples if sample.suffix in DEEP)
    found = Counter(bits for sample in deep if (bits := _remembered_bits(sample)))
    if not found:
        return None
    counts = ", ".join(f"{count} of {bits} bits" for bits, count in sorted(found.items()))
    return f"Photos in 16-bit files: {counts}; they are scaled by these, else they would be black."


def _remembered_bits(sample: Sample) -> int:
    """``narrow_bits``, 0 for None and for a photo that cannot be fetched."""

    def key() -> str:
        return cache.key_of(sample.digests()[0], cache.code_key("datasets"))

    def bits() -> int:
        return narrow_bits(sample.image_path) or 0

    try:
        return int(cache.remembered("depth", key, bits))
    except PictureError:
        return 0
