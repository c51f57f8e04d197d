"""How well an outline follows the edges of its photo, and which shift would improve it.

The support of an outline is the mean over its pixels of (∇I·n)² / (|∇I|² + c²), 0..1. n is the
outline's unit normal, ∇I the gradient of the colour channel where it is steepest, and c a gradient
above that of the photo's flat areas. The division keeps strong edges, such as those of a sheet or
of glare, from outweighing the edge of a tool. (∇I·n)² is a sum of three products, so three
cross-correlations by FFT give the support of every shift.
"""

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Image, Mask
from evaluate.metrics.working_scale import View

Plane: TypeAlias = npt.NDArray[np.floating]
Surface: TypeAlias = npt.NDArray[np.float64]

REACH_SHARE = 0.12  # largest shift that is tried, as a share of the long side
OFFSET_SHARE = 0.025  # outlines are grown and shrunk by up to this share of the long side
NEAR_PX = 2  # working px within which an edge counts as lying under the outline
MIN_OUTLINE_PX = 20  # with fewer pixels, support is mostly chance
NOISE_LEVEL = 2.0  # gray levels per pixel: the smallest gradient that is an edge in a smooth photo
# A shift or offset counts where it multiplies the support by GAIN and reaches SUPPORT. Correct
# outlines gain at most 1.10, at distances below the slack.
GAIN, SUPPORT = 1.15, 0.55
SMOOTHING_PX = 1.2  # of the photo
NORMAL_SMOOTHING_PX = 1.5  # of the mask, so that its staircase has a direction


@dataclass(frozen=True)
class EdgeFit:
    """How an outline fits the photo's edges. Lengths are in working px.

    support         support of the outline where it is
    z               (support − mean over all shifts) / standard deviation over all shifts
    best, shift     the largest support of any shift, and that shift (dx, dy)
    offset          how far inside the outline (negative: outside) its best-supported parallel lies
    offset_support  support of that parallel
    offset_gain     offset_support / support of the outline itself
    surface         support of every shift, indexed as ``correlation`` returns it
    """

    support: float
    z: float
    best: float
    shift: tuple[int, int]
    offset: int
    offset_support: float
    offset_gain: float
    surface: Surface

    def moved(self, shift: tuple[int, int]) -> float:
        """The support after a shift (dx, dy)."""
        return _near(self.surface, shift)


def fit_edges(view: View) -> EdgeFit | None:
    """Fit a truth to its photo; None where the outline has fewer than ``MIN_OUTLINE_PX`` pixels."""
    outline, nx, ny = _normals(view.truth)
    if np.count_nonzero(outline) < MIN_OUTLINE_PX:
        return None
    xx, xy, yy = _tensor(view.image)
    reach = reach_px(view)
    total = _across(nx, ny, (xx, xy, yy), reach)
    inside = correlation(outline.astype(np.float32), np.ones_like(xx), reach)
    # Shifts that leave less than half of the outline in the picture must not win by chance.
    surface = total / np.maximum(inside, np.count_nonzero(outline) / 2)
    support = _near(surface, (0, 0))
    y, x = np.unravel_index(int(surface.argmax()), surface.shape)
    offset, offset_support, offset_gain = _offset(view.truth, xx, xy, yy)
    return EdgeFit(
        support=support,
        z=float((support - surface.mean()) / max(surface.std(), 1e-9)),
        best=float(surface.max()),
        shift=(int(x) - reach, int(y) - reach),
        offset=offset,
        offset_support=offset_support,
        offset_gain=offset_gain,
        surface=surface,
    )


def disputed_support(view: View, mask: Mask, other: Mask) -> float | None:
    """The support of a mask's outline where it is off the outline of another mask.

    Both are bool H×W at working scale. Off is farther than the slack. The largest support of all
    shifts of up to ``NEAR_PX``, as outlines traced by hand are off by that. None where fewer than
    ``MIN_OUTLINE_PX`` pixels are off.
    """
    outline, nx, ny = _normals(mask)
    there = cv2.distanceTransform((~_normals(other)[0]).astype(np.uint8), cv2.DIST_L2, 5)
    disputed = outline & (there > view.slack_px)
    pixels = np.count_nonzero(disputed)
    if pixels < MIN_OUTLINE_PX:
        return None
    nx, ny = np.where(disputed, nx, 0), np.where(disputed, ny, 0)
    total = _across(nx, ny, _tensor(view.image), NEAR_PX)
    return float(total.max() / pixels)


def shift_to_edges(view: View, fit: EdgeFit) -> tuple[int, int] | None:
    """The shift (dx, dy) in photo px that clearly improves an outline's support; None if none does.

    It is longer than the slack, multiplies the support by ``GAIN`` and reaches ``SUPPORT``.
    """
    dx, dy = fit.shift
    far = float(np.hypot(dx, dy)) > view.slack_px
    if not far or fit.best < max(GAIN * fit.support, SUPPORT):
        return None
    return round(dx / view.scale), round(dy / view.scale)


def reach_px(view: View) -> int:
    """The largest shift that is tried along either axis, in working px."""
    return max(NEAR_PX + 1, int(REACH_SHARE * max(view.truth.shape)))


def correlation(moving: Plane, fixed: Plane, reach: int) -> Surface:
    """Σ moving(p)·fixed(p + shift) for shifts of up to ``reach``; entry [reach, reach] is no shift.

    Returns float64 (2·reach+1)×(2·reach+1), indexed [dy, dx]. Outside the picture both are 0.
    """
    padded = [cv2.getOptimalDFTSize(max(n, reach + 1) + reach) for n in fixed.shape]
    product = np.conj(np.fft.rfft2(moving, padded)) * np.fft.rfft2(fixed, padded)
    every = np.roll(np.fft.irfft2(product, padded), (reach, reach), (0, 1))
    return every[: 2 * reach + 1, : 2 * reach + 1]


def _across(nx: Plane, ny: Plane, tensor: tuple[Plane, Plane, Plane], reach: int) -> Surface:
    """The part of the photo's ``_tensor`` across an outline, summed along it, for every shift.

    ``nx`` and ``ny`` (float32 H×W) are the outline's normals.
    """
    xx, xy, yy = tensor
    return (
        correlation(nx * nx, xx, reach)
        + 2 * correlation(nx * ny, xy, reach)
        + correlation(ny * ny, yy, reach)
    )


def _near(surface: Surface, shift: tuple[int, int]) -> float:
    reach = surface.shape[0] // 2
    rows, columns = (
        slice(max(0, reach + d - NEAR_PX), reach + d + NEAR_PX + 1) for d in reversed(shift)
    )
    return float(surface[rows, columns].max())


def _tensor(image: Image) -> tuple[Plane, Plane, Plane]:
    """gx², gx·gy and gy² of the steepest channel, divided by |∇I|² + c², so below 1."""
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), SMOOTHING_PX)
    gx, gy = _gradient(smooth)
    steepest = (gx * gx + gy * gy).argmax(axis=2)[:, :, None]
    gx, gy = (np.take_along_axis(g, steepest, axis=2)[:, :, 0] for g in (gx, gy))
    power = gx * gx + gy * gy
    level = power + NOISE_LEVEL**2 + 2.25 * np.median(power)  # 2.25: 1.5 times the gradient
    return gx * gx / level, gx * gy / level, gy * gy / level


def _normals(mask: Mask) -> tuple[Mask, Plane, Plane]:
    """The pixels on both sides of the outline, and their unit normals (0 elsewhere)."""
    smooth = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), NORMAL_SMOOTHING_PX)
    nx, ny = _gradient(smooth)
    length = np.hypot(nx, ny)
    square = np.ones((3, 3), np.uint8)
    outline = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, square) > 0
    outline &= length > 1e-4
    outline[[0, -1]] = outline[:, [0, -1]] = False  # the picture's border is no tool's edge
    length[~outline] = np.inf
    return outline, nx / length, ny / length


def _gradient(picture: cv2.typing.MatLike) -> tuple[Plane, Plane]:
    gx, gy = (
        cv2.Sobel(picture, cv2.CV_32F, dx, 1 - dx, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
        for dx in (1, 0)
    )
    return gx.astype(np.float32, copy=False), gy.astype(np.float32, copy=False)


def _offset(truth: Mask, xx: Plane, xy: Plane, yy: Plane) -> tuple[int, float, float]:
    """``offset``, ``offset_support`` and ``offset_gain`` of ``EdgeFit``."""
    inside = truth.astype(np.uint8)
    depth = np.where(
        truth,
        cv2.distanceTransform(inside, cv2.DIST_L2, 5) - 0.5,
        0.5 - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5),
    ).astype(np.float32)
    nx, ny = _gradient(depth)
    length = np.maximum(np.hypot(nx, ny), 1e-6)
    nx, ny = nx / length, ny / length
    reach = max(8, int(OFFSET_SHARE * max(truth.shape)))
    steps = np.rint(depth).astype(int)
    near = np.abs(steps) <= reach
    which = steps[near] + reach
    support = (nx * nx * xx + 2 * nx * ny * xy + ny * ny * yy)[near]
    counts = np.bincount(which, minlength=2 * reach + 1)
    profile = np.bincount(which, support, 2 * reach + 1) / np.maximum(counts, MIN_OUTLINE_PX)
    own = float(profile[reach - NEAR_PX : reach + NEAR_PX + 1].max())
    best = float(profile.max())
    return int(profile.argmax()) - reach, best, best / max(own, 1e-9)
