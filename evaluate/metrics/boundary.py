"""How far a mask's outline lies from the truth's: what decides whether a tool fits its pocket.

The outline is the mask's outermost pixels, those with a 4-neighbour that is not in it; beyond the
photo is nothing. Distances are Euclidean, between pixel centres, in px of the photo, of every
outline pixel to the nearest one of the other outline, so 0 where they agree.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Alpha, Mask

Distances = npt.NDArray[np.float32]

CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
BAND = (0.1, 0.9)  # of the way from background to foreground


@dataclass(frozen=True)
class BoundaryDistances:
    """Outline against outline, in px.

    ``mean_px`` and ``hd95_px`` take both directions together: the mean of the two means, the larger
    of the two 95th percentiles (Hausdorff distance, 95 %). ``inside_px`` is the 95th percentile of
    how far the truth sticks out of the mask, 0 where it does not: there the tool will not fit.
    ``outside_px`` the same for the mask sticking out of the truth: slop. Where only one of the two
    is empty all are the photo's diagonal, as no outline can be farther.

    ``surface_dice`` is the share of both outlines within the tolerance of the other (Nikolov et
    al., Deep learning to achieve clinically applicable segmentation, 2018); None without one.
    """

    mean_px: float
    hd95_px: float
    inside_px: float
    outside_px: float
    surface_dice: float | None


def boundary_distances(
    mask: Mask, truth: Mask, tolerance_px: float | None = None
) -> BoundaryDistances:
    """Compare two Masks (bool H×W of one size)."""
    if not (mask.any() and truth.any()):
        alike = not mask.any() and not truth.any()
        far = 0.0 if alike else math.hypot(*truth.shape)
        return BoundaryDistances(far, far, far, far, None if tolerance_px is None else float(alike))
    mask, truth = _cropped(mask, truth)
    ours, theirs = outline_pixels(mask), outline_pixels(truth)
    of_ours, of_theirs = _to(theirs)[ours], _to(ours)[theirs]
    dice = None
    if tolerance_px is not None:
        near = np.count_nonzero(of_ours <= tolerance_px) + np.count_nonzero(
            of_theirs <= tolerance_px
        )
        dice = float(near / (of_ours.size + of_theirs.size))
    return BoundaryDistances(
        mean_px=float(of_ours.mean() + of_theirs.mean()) / 2,
        hd95_px=max(_p95(of_ours), _p95(of_theirs)),
        inside_px=_p95(np.where(mask[theirs], np.float32(0), of_theirs)),
        outside_px=_p95(np.where(truth[ours], np.float32(0), of_ours)),
        surface_dice=dice,
    )


def edge_width_px(alpha: Alpha, mask: Mask) -> float | None:
    """How wide the soft edge of an Alpha (uint8 H×W) is on average, in px.

    The area between 10 and 90 % of foreground over the length of the outline of its ``mask``
    (bool H×W). None where the mask is empty.
    """
    low, high = (255 * share for share in BAND)
    length = outline_px(mask)
    if not length:
        return None
    return float(np.count_nonzero((alpha > low) & (alpha < high)) / length)


def outline_px(mask: Mask) -> float:
    """The length of a Mask's outlines, those of its holes among them; at most 6 % too long."""
    lines, _ = cv2.findContours(
        np.pad(mask.astype(np.uint8), 1), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE
    )
    return float(sum(cv2.arcLength(line, closed=True) for line in lines))


def outline_pixels(mask: Mask) -> Mask:
    """The outermost pixels (bool H×W) of a Mask."""
    inner = cv2.erode(
        mask.astype(np.uint8), CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)
    )
    return np.asarray(mask & (inner == 0), np.bool_)


def _to(line: Mask) -> Distances:
    """Each pixel's distance to the nearest pixel of a line."""
    away = cv2.distanceTransform((~line).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away, np.float32)


def _p95(distances: Distances) -> float:
    return float(np.percentile(distances, 95))


def _cropped(*masks: Mask) -> list[Mask]:
    """What holds all of the masks, with a pixel around: far less to measure than the photo."""
    either = np.logical_or.reduce(masks)
    rows, columns = np.flatnonzero(either.any(axis=1)), np.flatnonzero(either.any(axis=0))
    part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return [np.pad(mask[part], 1) for mask in masks]
