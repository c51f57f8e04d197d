"""COCO's annotations of one photo as a truth: polygons and run lengths in any mixture.

pycocotools draws them, so each equals ``COCO.annToMask`` exactly, and their union is the truth.
Malformed run lengths make pycocotools read and write out of bounds, so they are checked first.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets.pictures import PictureError
from datasets.truth import Levels, Size

# Points may lie this many long sides outside: drawing takes memory for an edge's whole length.
REACH = 10


@dataclass(frozen=True)
class Instances:
    """``masks`` holds each annotation's id and its ``segmentation`` as the JSON file has it.

    ``size`` is the height and width that the file states for the photo.
    """

    path: Path
    masks: tuple[tuple[object, Any], ...]
    size: Size

    @property
    def maskless(self) -> list[object]:
        """The ids of annotations that are only a box, or hold a polygon of fewer than 3 points.

        pycocotools would draw a polygon of two points as a box.
        """
        return [number for number, mask in self.masks if not _encloses(mask)]

    def levels(self, size: Size) -> tuple[Levels, bool]:  # noqa: ARG002 - they have their own
        """The masks drawn at their own size, and united."""
        from pycocotools import mask as coco

        encoded: list[object] = []
        for number, mask in self.masks:
            try:
                encoded += _encoded(mask, *self.size)
            except (OverflowError, TypeError, ValueError) as error:
                reason = f"annotation {number}: {error}"
                raise PictureError(self.path, reason, "correct or remove it") from error
        if not encoded:
            return np.zeros(self.size, np.uint8), True
        return np.ascontiguousarray(coco.decode(coco.merge(encoded)) * np.uint8(255)), True

    def digest(self) -> str:
        """Hash of the masks, not of the ids they have in the file."""
        content = json.dumps([self.size, [mask for _, mask in self.masks]])
        return hashlib.sha256(content.encode()).hexdigest()


def _encloses(mask: Any) -> bool:
    if isinstance(mask, list):
        return bool(mask) and all(isinstance(ring, list) and len(ring) >= 6 for ring in mask)
    return isinstance(mask, dict)


def _encoded(mask: Any, height: int, width: int) -> list[object]:
    """A segmentation as pycocotools' compressed run lengths, one for each of its polygons."""
    from pycocotools import mask as coco

    if isinstance(mask, list):
        for ring in mask:
            if len(ring) % 2:
                raise ValueError("a polygon has an odd number of coordinates")
            if not (np.abs(np.asarray(ring, np.float64)) <= REACH * max(height, width)).all():
                raise ValueError("a point lies far outside the photo")
        return list(coco.frPyObjects(mask, height, width))
    size, runs = mask.get("size"), mask.get("counts")
    if size != [height, width]:
        raise ValueError(f"its size is {size}, but its photo's entry says {[height, width]}")
    compressed = isinstance(runs, str)
    lengths = _runs(runs) if compressed else runs
    whole = isinstance(lengths, list) and all(type(run) is int and run >= 0 for run in lengths)
    if not whole or sum(lengths) != height * width:
        raise ValueError("its run lengths do not add up to the photo")
    return [mask if compressed else coco.frPyObjects(mask, height, width)]


def _runs(counts: str) -> list[int]:
    """Read compressed run lengths: five bits a character, lowest first, signed.

    From the fourth on, each is the difference to the one before last (maskApi.c, rleFrString).
    """
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        bits = ord(character) - 48
        if not 0 <= bits < 64:
            raise ValueError(f"'{character}' does not belong in run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    if shift:
        raise ValueError("its run lengths break off")
    return runs
