"""Which levels or colours one mask file has: the drawn ones, told from soft edges and noise.

A file is one of three things:

- exact: few levels, or more that meet without a transition, as in a label map. All of them count.
- soft around its levels: anti-aliasing, resizing or JPEG put others between or near them. The
  levels are those of flat areas.
- a gradient: flat levels near black and white alone, or none, as in a network's probabilities. Its
  levels are the ends of its scale, 0 and 255 (65535, or what its bits allow).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from datasets.reading.mask_pixels import COLOUR, LABELS, MaskPixels, colour_of, distinct

_FEW = 4  # levels of a file that are labels whatever lies between them
STRAY = 0.0005  # share of a file below which levels between two others are a brush's traces
NOISE = 0.01  # share of a JPEG's pixels below which a level is noise
TWEEN = 0.15  # of the pixels at outlines: more than this lie between their neighbours in soft files
FLAT_SHARE = 0.002  # of a file: a smaller flat area is no level of its own
TIGHT = 12  # of 255: how far a flat level spreads in a JPEG
MOST_FLAT = 500_000  # pixels of flat areas that are looked at
FINE = 3  # the loss of a JPEG of quality 90, which keeps levels 0 and 1 apart
WIDE = 64  # colours of one area that spread farther are those of a photo
APART = 37  # of 255: pixels so far from two levels, and from those between, are of another
ASIDE = 0.35  # of the distance of two levels: lossy formats put pixels so far aside
STRAYS = 0.12  # of the pixels at outlines: JPEGs of two levels have up to 0.08 that are far
GAP = 4  # of 255: levels farther apart than this are two
SCALES = (255, 1023, 4095, 16383, 65535)
_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class MaskLevels:
    """What was found in one file. ``counts`` and ``border`` map codes to pixels; they are empty
    where colours run into one another, as in a photo.

    Where the file is not ``exact``, every pixel is counted for the nearest of its levels, and
    ``least`` to ``most`` is the range of gray levels (0 and 0 of colours). ``gradient``: see above.
    ``lost``: levels so close that storing them with loss moved outlines. ``strays``: two levels,
    and at the outlines many pixels of others, as of a thin rim in a JPEG.
    """

    counts: Mapping[int, int]
    border: Mapping[int, int]
    exact: bool
    gradient: bool = False
    alpha: bool = False
    least: int = 0
    most: int = 0
    palette: Mapping[int, int] = field(default_factory=dict)
    void_alpha: bool = False
    lost: bool = False
    strays: bool = False

    @property
    def gray(self) -> bool:
        """Whether the file has gray levels only."""
        return bool(self.counts) and max(self.counts) < COLOUR


def levels_of(mask: MaskPixels) -> MaskLevels:
    """Find the levels of a mask file."""
    gray = mask.pixels.ndim == 2
    found, exact, gradient = _gray(mask) if gray else _colours(mask)
    if not found:
        return MaskLevels({}, {}, exact=False, void_alpha=mask.void_alpha)
    own = exact and has_own_classes(mask)
    classes = mask.pixels if own else classes_of_pixels(mask, found, exact)
    numbers = dict(zip(sorted(found), sorted(found) if own else range(255), strict=False))
    edge = np.concatenate((classes[0], classes[-1], classes[:, 0], classes[:, -1]))
    return MaskLevels(
        counts=_counted(classes, numbers),
        border=_counted(edge, numbers),
        exact=exact,
        gradient=gradient,
        alpha=mask.alpha,
        least=int(mask.pixels.min()) if gray else 0,
        most=int(mask.pixels.max()) if gray else 0,
        palette=mask.palette,
        void_alpha=mask.void_alpha,
        lost=0 < max(found) - min(found) <= _lost_within(mask.loss),
        strays=len(found) == 2 and not (exact or gradient) and _has_strays(mask, *found),
    )


def classes_of_pixels(
    mask: MaskPixels, codes: Collection[int], exact: bool
) -> npt.NDArray[np.uint8]:
    """For every pixel which of ``codes``, in their order by number, it is or is nearest to.

    255: none of the first 255 exact ones.
    """
    ordered = sorted(codes)
    classes = np.full(mask.pixels.shape[:2], 255, np.uint8)
    if exact:
        packed = mask.packed
        for number, code in enumerate(ordered[:255]):
            classes[packed == mask.packed_of(code)] = number
    elif mask.pixels.ndim == 2:
        classes[:] = 0
        for number, (low, high) in enumerate(pairwise(ordered), 1):
            classes[mask.pixels >= (low + high + 1) // 2] = number
    else:
        best = np.full(classes.shape, np.inf, np.float32)
        for number, code in enumerate(ordered[:255]):
            apart = cv2.absdiff(mask.pixels, np.array(colour_of(code), np.float64))
            distance = cv2.transform(np.square(apart, dtype=np.float32), np.ones((1, 3)))
            closer = distance < best
            classes[closer] = number
            best = np.minimum(best, distance)
    return classes


def has_own_classes(mask: MaskPixels) -> bool:
    """Whether the pixels of a file are its classes as they are: exact levels of 8 bits."""
    return mask.pixels.ndim == 2 and mask.pixels.dtype == np.uint8


def _counted(classes: npt.NDArray[np.uint8], numbers: Mapping[int, int]) -> dict[int, int]:
    counts = cv2.calcHist([classes], [0], None, [256], [0, 256]).ravel()
    return {code: int(counts[number]) for code, number in numbers.items()}


def _lost_within(loss: int) -> int:
    """How far apart levels may lie whose outlines the loss moves by a tenth of the area or more."""
    return max(2, loss // 8) if loss > FINE else 0


def _has_strays(mask: MaskPixels, one: int, other: int) -> bool:
    """Whether many pixels at outlines have neither of two levels, nor one between them."""
    pixels = mask.pixels
    scale = scale_of(int(pixels.max())) / 255
    edge = _spread(pixels) > TIGHT * scale
    found = np.atleast_3d(pixels)[edge].astype(np.float32)
    found = found[:: 1 + len(found) // MOST_FLAT]
    start, end = (np.array(colour_of(code)[: found.shape[1]], np.float32) for code in (one, other))
    way = end - start
    along = np.clip((found - start) @ way / (way @ way), 0, 1)
    aside = np.sqrt(np.square(found - start - np.outer(along, way)).mean(axis=1))
    far = APART * scale
    if pixels.ndim == 2 or max(one, other) >= COLOUR:  # two grays give no pixel with a colour
        far = max(far, ASIDE * float(np.sqrt(np.square(way).mean())))
    return bool(np.count_nonzero(aside > far) > STRAYS * len(found))


def _spread(pixels: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """How far the levels around each pixel lie apart, in the channel where it is most (H×W)."""
    spread = cv2.subtract(cv2.dilate(pixels, _SQUARE), cv2.erode(pixels, _SQUARE))
    if spread.ndim == 2:
        return spread
    return cv2.max(cv2.max(spread[:, :, 0], spread[:, :, 1]), spread[:, :, 2])


def scale_of(most: int) -> int:
    """The white of the fewest bits that hold the level ``most``."""
    return next(scale for scale in SCALES if scale >= most)


def _gray(mask: MaskPixels) -> tuple[list[int], bool, bool]:
    """The levels of a gray file, whether they are exact, and whether they are a gradient's ends."""
    pixels = mask.pixels
    scale = scale_of(int(pixels.max()))
    bins = 256 if pixels.dtype == np.uint8 else 65536
    counts = cv2.calcHist([pixels], [0], None, [bins], [0, bins]).ravel()
    levels = np.flatnonzero(counts).tolist()
    if mask.loss and len(levels) <= 2 * _FEW:
        levels = [level for level in levels if counts[level] >= NOISE * pixels.size]
        return levels, len(levels) == int(np.count_nonzero(counts)), False
    if len(levels) <= 2:
        return levels, True, False
    low, high = cv2.erode(pixels, _SQUARE), cv2.dilate(pixels, _SQUARE)
    edges = np.count_nonzero(low != high)
    tween = np.count_nonzero((low < pixels) & (pixels < high))
    if not mask.loss and (len(levels) <= _FEW or tween < TWEEN * edges):
        return _drawn(levels, counts, pixels[low == high])
    if scale > 255:
        pixels, low, high = (_in_eight_bits(part, scale) for part in (pixels, low, high))
    still = cv2.inRange(cv2.subtract(high, low), 0, 2)
    flat = cv2.calcHist([pixels], [0], still, [256], [0, 256]).ravel()
    runs = _runs(flat, least=FLAT_SHARE * pixels.size)
    if len(runs) < 2 or any(len(run) > TIGHT for run in runs):
        return [0, scale], False, True
    return _soft([int(max(run, key=flat.__getitem__)) * scale // 255 for run in runs], scale)


def _drawn(
    levels: list[int], counts: npt.NDArray[Any], flat: npt.NDArray[np.generic]
) -> tuple[list[int], bool, bool]:
    """Levels without transitions: all count, but for traces of a brush between two of them."""
    areas = np.unique(flat).tolist()
    between = [level for level in levels if level not in areas]
    share = sum(counts[level] for level in between) / counts.sum()
    soft = len(areas) == 2 and all(areas[0] < level < areas[1] for level in between)
    if soft and (len(between) > 2 or share < STRAY):
        return _soft(areas, scale_of(areas[1]))
    return levels, True, False


def _soft(levels: list[int], scale: int) -> tuple[list[int], bool, bool]:
    """Flat levels of a soft file; two on either side of the middle are its black and white."""
    if len(levels) == 2 and 4 * levels[0] < scale and 4 * levels[1] >= 3 * scale:
        return [0, scale], False, True
    return levels, False, False


def _in_eight_bits(pixels: npt.NDArray[np.generic], scale: int) -> npt.NDArray[np.uint8]:
    return (pixels.astype(np.uint32) * 255 // scale).astype(np.uint8)


def _runs(flat: npt.NDArray[Any], least: float) -> list[list[int]]:
    """Levels that flat areas have, grouped where they follow one another; small groups left out."""
    levels = np.flatnonzero(flat > max(1, least / 2 / TIGHT))
    groups = np.split(levels, np.flatnonzero(np.diff(levels) > GAP) + 1)
    return [group.tolist() for group in groups if flat[group].sum() >= least and group.size]


def _colours(mask: MaskPixels) -> tuple[list[int], bool, bool]:
    """As ``_gray``, of a file with colours."""
    numbers = distinct(mask.packed)
    found = None if numbers is None else [mask.code_of(one) for one in numbers]
    if found is not None and (len(found) <= 2 or not (mask.loss or len(found) > _FEW)):
        return found, True, False
    spread = _spread(mask.pixels)
    if found is not None and not mask.loss:
        areas = np.unique(mask.packed[spread == 0]).tolist()
        soft = len(areas) == 2
        return (
            ([mask.code_of(one) for one in areas], False, False) if soft else (found, True, False)
        )
    flat = mask.pixels[spread <= TIGHT]
    step = 1 + len(flat) // MOST_FLAT
    return _clusters(flat[::step], FLAT_SHARE * spread.size / step), False, False


def _clusters(flat: npt.NDArray[np.uint8], least: float) -> list[int]:
    """The codes of colours (n×3) that lie close together, each cluster's mean.

    Colours are gathered in cells of 8 levels a channel; cells that touch are one cluster.
    """
    from scipy import ndimage  # takes long, and few masks have colours that run into one another

    cells = flat >> 3
    index = cells[:, 0].astype(np.int32) << 10 | cells[:, 1].astype(np.int32) << 5 | cells[:, 2]
    filled = np.bincount(index, minlength=1 << 15).reshape(32, 32, 32)
    labels, count = ndimage.label(filled > max(1, least / 50), np.ones((3, 3, 3)))
    of = labels.ravel()[index]
    clusters = [flat[of == one] for one in range(1, count + 1)]
    clusters = [cluster for cluster in clusters if len(cluster) >= least]
    if len(clusters) > LABELS or any(np.ptp(cluster, axis=0).max() > WIDE for cluster in clusters):
        return []
    return sorted(
        {_code(cluster.mean(axis=0).round().astype(int).tolist()) for cluster in clusters}
    )


def _code(colour: list[int]) -> int:
    red, green, blue = colour
    if max(colour) - min(colour) <= 8:  # black and white that JPEG tinted
        level = round(sum(colour) / 3)
        return 0 if level <= TIGHT else 255 if level >= 255 - TIGHT else level
    return COLOUR | red << 16 | green << 8 | blue
