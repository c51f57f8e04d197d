"""Masks as run lengths, polygons as run lengths: checked before pycocotools' C code gets them.

That code trusts its input. Run lengths that do not add up to the mask have it read and write out of
bounds or loop for ever, where no signal reaches it, and a polygon takes memory for the whole length
of its outline. So everything that a file or an answer states passes through here first.

Run lengths count pixels down the columns, background first. Compressed they are a text of five
bits a character (maskApi.c, ``rleToString``).
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from datasets.arrays import Mask

MOST_PIXELS = 178_000_000  # no larger photo is decoded (``datasets.pictures``)
# Points may lie this many long sides outside: drawing takes memory for an edge's whole length.
REACH = 10
_LONGEST_CODE = 6  # characters of one number: 30 bits hold any difference of two runs
_WORDY = 4 * REACH  # long sides that an outline may measure, however small its mask is

RunLengths: TypeAlias = dict[str, Any]
"""``size`` (height, width) and ``counts`` (bytes), as pycocotools has it."""


def encode(mask: Mask) -> RunLengths:
    """A Mask (bool H×W) as compressed run lengths."""
    from pycocotools import mask as coco

    code: RunLengths = coco.encode(np.asfortranarray(mask, np.uint8))
    return code


def checked(counts: object, size: object) -> RunLengths:
    """Run lengths of a mask of ``size`` (height, width) that are safe to decode.

    ``counts`` are compressed (str) or a list of whole numbers.

    Raises:
        ValueError: the size is no mask's, or the run lengths are not those of such a mask.
    """
    from pycocotools import mask as coco

    height, width = checked_size(size)
    if isinstance(counts, str):
        runs = _decompressed(counts)
    elif isinstance(counts, list) and all(type(run) is int for run in counts):
        if any(not 0 <= run <= MOST_PIXELS for run in counts):
            raise ValueError("its run lengths do not add up to the photo")
        runs = np.array(counts, np.int64)
    else:
        raise ValueError("its run lengths are neither a text nor a list of whole numbers")
    if (runs < 0).any() or runs.sum() != height * width:
        raise ValueError("its run lengths do not add up to the photo")
    if isinstance(counts, str) and (runs[1:] > 0).all():
        return {"size": [height, width], "counts": counts.encode("ascii")}
    # Two empty runs at one pixel end pycocotools' union there, so they are left out.
    code: RunLengths = coco.frPyObjects(
        {"size": [height, width], "counts": _without_empty(runs.tolist())}, height, width
    )
    return code


def checked_size(size: Any) -> tuple[int, int]:
    """``size`` as the (height, width) of a mask.

    Raises:
        ValueError: it is not two whole numbers from 1, or has more pixels than a photo may have.
    """
    whole = isinstance(size, list | tuple) and len(size) == 2
    if not whole or not all(type(side) is int and side > 0 for side in size):
        raise ValueError(f"its size is {str(size)[:60]}, not a height and a width")
    height, width = size
    if height * width > MOST_PIXELS:
        raise ValueError(f"its size is {[height, width]}, more than {MOST_PIXELS} pixels")
    return height, width


def encode_polygons(
    rings: Iterable[Sequence[float] | npt.NDArray[np.float64]], size: tuple[int, int]
) -> list[RunLengths]:
    """Run lengths of each ring (x, y, x, y … in px) in a mask of ``size``, by COCO's rule.

    Raises:
        ValueError, TypeError, OverflowError: a ring is not such numbers, has fewer than 3 points,
            leaves the mask by far, or is longer than an outline in the mask can be.
    """
    from pycocotools import mask as coco

    height, width = checked_size(size)
    ready = [_checked_ring(ring, max(size), height * width) for ring in rings]
    return list(coco.frPyObjects(ready, height, width)) if ready else []


def union(codes: Sequence[RunLengths], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The union of masks, uint8 H×W of 0 and 1; all 0 of no masks."""
    from pycocotools import mask as coco

    if not codes:
        return np.zeros(size, np.uint8)
    return np.asarray(coco.decode(coco.merge(list(codes))), np.uint8)


def _checked_ring(
    ring: Sequence[float] | npt.NDArray[np.float64], long_side: int, area: int
) -> list[float]:
    if len(ring) % 2:
        raise ValueError("a polygon has an odd number of coordinates")
    if len(ring) < 6:
        raise ValueError("a polygon has fewer than 3 points")
    points = np.asarray(ring, np.float64).reshape(-1, 2)
    if not (np.abs(points) <= REACH * long_side).all():
        raise ValueError("a point lies far outside the photo")
    steps = np.abs(points - np.roll(points, 1, axis=0)).max(axis=1)
    if len(points) + steps.sum() > area + _WORDY * long_side:
        raise ValueError("a polygon's outline is longer than the photo has pixels")
    return [float(number) for number in points.ravel()]


def _decompressed(text: str) -> npt.NDArray[np.int64]:
    """The run lengths in a compressed text.

    Each is five bits a character, lowest first, signed. From the fourth on each is the difference
    to the one before last.

    Raises:
        ValueError: the text is not such a code.
    """
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    codes = characters.astype(np.int64) - ord("0")
    strange = (codes < 0) | (codes > 63)
    if strange.any():
        raise ValueError(f"{text[int(strange.argmax())]!r} does not belong in run lengths")
    last = (codes & 32) == 0
    if not text or not last[-1]:
        raise ValueError("its run lengths break off")
    ends = np.flatnonzero(last)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - starts + 1
    if lengths.max() > _LONGEST_CODE:
        raise ValueError("a run is longer than any photo")
    places = np.arange(len(codes)) - np.repeat(starts, lengths)  # of a character in its number
    values = np.add.reduceat((codes & 31) << (5 * places), starts)
    values -= np.where(codes[ends] & 16, np.int64(1) << (5 * lengths), 0)
    for start in (1, 2):
        values[start::2] = np.cumsum(values[start::2])
    return values


def _without_empty(runs: list[int]) -> list[int]:
    """The same mask without runs of no pixel, of which only the first may stay."""
    kept = runs[:1]
    value = 0  # of the last run that was kept
    for number, run in enumerate(runs[1:], 1):
        if not run:
            continue
        if number % 2 == value:
            kept[-1] += run
        else:
            kept.append(run)
            value = number % 2
    return kept
