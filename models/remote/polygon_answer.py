"""Polygons in a language model's answer, and the mask they make.

JSON is searched for anywhere in the text: in prose, code fences or thoughts. The last value with
polygons counts; earlier ones are drafts. A polygon is a list of at least three [x, y] pairs, at any
depth. Polygons under a key that contains "hole" are holes, all others outlines. JSON that was cut
off is read up to its last whole polygon.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from datasets.arrays import Alpha, Mask
from datasets.decoding.run_lengths import encode_polygons, union
from models.segmenter import NoMask

Points: TypeAlias = list[tuple[float, float]]

OPENING = re.compile(r'[\[{](?=\s*["\[{\]}\d-])')  # not [x, y] or {...} in prose
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
HOLE = re.compile(r"(?<![a-z])hole")  # but not in "whole"
POLYGON_END = re.compile(r"\]\s*\]")


@dataclass(frozen=True)
class Polygons:
    """Polygons in the answer's own units. ``cut_off``: the answer ended early."""

    outlines: list[Points] = field(default_factory=list)
    holes: list[Points] = field(default_factory=list)
    cut_off: bool = False

    @property
    def raw_range(self) -> tuple[float, float]:
        """The lowest and the highest number among the coordinates."""
        numbers = [n for polygon in self.outlines + self.holes for pair in polygon for n in pair]
        return min(numbers), max(numbers)

    def outside(self, scale: tuple[float, float]) -> int:
        """The number of points outside 0..``scale`` (x, y), which ``alpha`` moves to its border."""
        return sum(
            not (0 <= x <= scale[0] and 0 <= y <= scale[1])
            for polygon in self.outlines + self.holes
            for x, y in polygon
        )

    def alpha(self, scale: tuple[float, float], shape: tuple[int, int]) -> Alpha:
        """The outlines filled and the holes cleared: uint8 H×W of ``shape``, 0 or 255.

        A photo of ``shape`` (height, width) spans 0..``scale`` (x, y).
        """
        inside = _drawn(self.outlines, scale, shape) & ~_drawn(self.holes, scale, shape)
        return np.where(inside, 255, 0).astype(np.uint8)


def polygons_in(text: str) -> Polygons | None:
    """The polygons in ``text``; an empty ``Polygons`` if its JSON objects contain none.

    None: the text contains no JSON object.
    """
    values = list(_values(text))
    found = [_collected(value, cut_off) for value, cut_off in values]
    with_outlines = [polygons for polygons in found if polygons.outlines]
    if with_outlines:
        return with_outlines[-1]
    return Polygons() if any(isinstance(value, dict) for value, _ in values) else None


def _drawn(polygons: list[Points], scale: tuple[float, float], shape: tuple[int, int]) -> Mask:
    """The union of the polygons, filled by pycocotools' rule; bool H×W.

    Raises:
        NoMask: a polygon's outline is longer than the photo has pixels.
    """
    height, width = shape
    rings = [
        (np.clip(np.array(polygon) / scale, 0, 1) * (width, height)).ravel() for polygon in polygons
    ]
    try:
        drawn: Mask = union(encode_polygons(rings, shape), shape) > 0
    except ValueError as error:
        raise NoMask(f"the answer's polygons cannot be drawn: {error}") from error
    return drawn


def _values(text: str) -> Iterator[tuple[Any, bool]]:
    """Every JSON object and list in ``text``, and whether it was cut off."""
    decoder, position = json.JSONDecoder(), 0
    while opening := OPENING.search(text, position):
        start = opening.start()
        try:
            value, position = decoder.raw_decode(text, start)
            yield value, False
        except (ValueError, RecursionError):
            if (repaired := _repaired(text[start:])) is not None:
                yield repaired, True
                return  # it extends to the end
            position = start + 1


def _repaired(text: str) -> Any:
    """``text``, JSON that was cut off, up to its last whole polygon; None if that is not JSON."""
    ends = [match.end() for match in POLYGON_END.finditer(text)]
    if not ends:
        return None
    whole, closers = text[: ends[-1]], list[str]()
    for bracket in re.findall(r"[\[\]{}]", STRING.sub("", whole)):
        if bracket in "[{":
            closers.append("]" if bracket == "[" else "}")
        elif not closers or closers.pop() != bracket:
            return None
    try:
        return json.loads(whole + "".join(reversed(closers)))
    except (ValueError, RecursionError):
        return None


def _collected(value: Any, cut_off: bool) -> Polygons:
    found = Polygons(cut_off=cut_off)
    pending = [(value, False)]
    while pending:
        value, hole = pending.pop()
        if isinstance(value, dict):
            pending += [(v, hole or bool(HOLE.search(k.lower()))) for k, v in value.items()]
        elif _is_polygon(value):
            (found.holes if hole else found.outlines).append([(x, y) for x, y in value])
        elif isinstance(value, list):
            pending += [(child, hole) for child in value]
    return found


def _is_polygon(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 2 and all(_is_point(pair) for pair in value)


def _is_point(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_number(n) for n in value)


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) < 1e9 and math.isfinite(value)
