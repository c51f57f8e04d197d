"""COCO's annotations of one photo as a truth: polygons and run lengths in any mixture.

pycocotools draws them, so each equals ``COCO.annToMask`` exactly, and their union is the truth.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets.decoding.run_lengths import RunLengths, checked, encode_polygons, union
from datasets.pictures import PictureError
from datasets.truth import Levels, Size


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
        encoded: list[RunLengths] = []
        for number, mask in self.masks:
            try:
                encoded += _encoded(mask, self.size)
            except (OverflowError, TypeError, ValueError) as error:
                reason = f"annotation {number}: {error}"
                raise PictureError(self.path, reason, "correct or remove it") from error
        return np.ascontiguousarray(union(encoded, self.size) * np.uint8(255)), True

    def digest(self) -> str:
        """Hash of the masks, not of the ids they have in the file."""
        content = json.dumps([self.size, [mask for _, mask in self.masks]])
        return hashlib.sha256(content.encode()).hexdigest()


def _encloses(mask: Any) -> bool:
    if isinstance(mask, list):
        return bool(mask) and all(isinstance(ring, list) and len(ring) >= 6 for ring in mask)
    return isinstance(mask, dict)


def _encoded(mask: Any, size: Size) -> list[RunLengths]:
    """A segmentation as run lengths, one for each of its polygons."""
    if isinstance(mask, list):
        return encode_polygons(mask, size)
    stated = mask.get("size")
    if stated != list(size):
        raise ValueError(f"its size is {str(stated)[:60]}, but its photo's entry says {[*size]}")
    return [checked(mask.get("counts"), size)]
