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
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')  # a whole string, or a bracket
HOLE = re.compile(r"(?<![a-z])hole")  # but not in "whole"
POLYGON_END = re.compile(r"\]\s*\]")
MOST_PASSES, SHORT_ANSWER = 4, 100_000  # times, characters
DEEPEST = 2000  # characters that are read, about, until nesting is too deep


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
    """Every JSON object and list in ``text``, and whether it was cut off.

    A model that repeats an opening bracket for ever would take the square of its length to read, so
    reading ends once failed attempts have read the text ``MOST_PASSES`` times.
    """
    decoder, position = json.JSONDecoder(), 0
    left = MOST_PASSES * len(text) + SHORT_ANSWER
    last_end = max((match.end() for match in POLYGON_END.finditer(text)), default=0)
    while left > 0 and (opening := OPENING.search(text, position)):
        start = opening.start()
        try:
            value, position = decoder.raw_decode(text, start)
            yield value, False
            continue
        except json.JSONDecodeError as error:
            left -= error.pos - start
        except (RecursionError, ValueError):  # nested too deep, or a number of too many digits
            left -= DEEPEST
        whole = text[start:last_end]
        closers, read = _closers(whole)
        left -= read
        if closers is not None and (repaired := _repaired(whole + closers)) is not None:
            yield repaired, True
            return  # it extends to the end
        position = start + 1


def _closers(whole: str) -> tuple[str | None, int]:
    """The brackets that ``whole`` leaves open, closed, and how many characters were read for that.

    None: there are none, or one is closed by a bracket of the other kind.
    """
    closers: list[str] = []
    for token in TOKEN.finditer(whole):
        bracket = token[0]
        if bracket[0] == '"':
            continue
        if bracket in "[{":
            closers.append("]" if bracket == "[" else "}")
        elif closers.pop() != bracket or not closers:
            return None, token.end()
    return "".join(reversed(closers)) or None, len(whole)


def _repaired(text: str) -> Any:
    try:
        return json.loads(text)
    except (RecursionError, ValueError):
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
