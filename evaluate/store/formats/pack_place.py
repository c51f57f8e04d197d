"""Where a line of predictions.jsonl says that its mask and candidates lie in a pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PACK_SUFFIX = ".pack"


@dataclass(frozen=True)
class PackPlace:
    """The name of a pack and, in bytes, offset and length of what it holds of a photo.

    None where the photo has no mask or no candidates.
    """

    pack: str
    mask: tuple[int, int] | None = None
    candidates: tuple[int, int] | None = None

    @property
    def end(self) -> int:
        """The offset behind the last of its bytes."""
        return max(sum(part) for part in (self.mask, self.candidates, (0, 0)) if part)


def pack_place(stored: Mapping[str, Any] | None) -> PackPlace | None:
    """A ``PackPlace`` of decoded JSON.

    Raises:
        ValueError: the name is a path, or an offset or a length is below 0.
    """
    if stored is None:
        return None
    name = stored["pack"]
    if not name.endswith(PACK_SUFFIX) or "/" in name or "\0" in name or name.startswith("."):
        raise ValueError(f"{name!r} is not the name of a pack")
    return PackPlace(name, _part(stored.get("mask")), _part(stored.get("candidates")))


def _part(stored: list[int] | None) -> tuple[int, int] | None:
    if stored is None:
        return None
    if len(stored) != 2 or min(stored) < 0:
        raise ValueError("a place in a pack is not an offset and a length from 0")
    return stored[0], stored[1]
