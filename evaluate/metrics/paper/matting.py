"""Errors of an alpha matte against soft ground truth. Lower is better.

Rhemann, A perceptually motivated online benchmark for image matting, CVPR 2009. a is the predicted
alpha, t the true one, both level / 255 as stored; nothing is stretched.

SAD           Σ |a − t| / 1000
MSE           mean of (a − t)²
gradient      Σ (|∇a| − |∇t|)² / 1000. ∇ convolves with first-order Gaussian derivatives, σ = 1.4
              px, of unit norm, cut where the Gaussian falls below 0.01, edges replicated
connectivity  Σ |φ(a) − φ(t)| / 1000. φ(x) = 1 − d·[d ≥ 0.15], d = x − l. l is the highest of the
              thresholds 0, 0.1 … 1 up to which the pixel belongs to the source region: the largest
              4-connected region in which both alphas reach the threshold. Of equal regions the one
              first met in reading order counts

The sums and the mean are over a *region*, which belongs to the metric's name: ``unknown``, the
pixels that the trimap leaves open, or ``whole``, the entire photo. Gradients and connectivity are
computed on the entire photo. An empty region has no error (0).

The authors' code stretches both alphas to 0..1 before the gradient. For alphas that contain 0 and
255 that is the same.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Alpha, Mask

UNKNOWN_REGION, WHOLE_PHOTO = "unknown", "whole"
SIGMA_PX = 1.4
LEAST_WEIGHT = 0.01
STEP = 0.1
LEAST_DISTANCE = 0.15

_Plane = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MattingErrors:
    """The four errors over ``region``, ``UNKNOWN_REGION`` or ``WHOLE_PHOTO``."""

    region: str
    sad: float
    mse: float
    gradient: float
    connectivity: float

    def named(self) -> dict[str, float]:
        """The errors by name and region, such as ``sad_unknown``."""
        errors = {k: v for k, v in vars(self).items() if k != "region"}
        return {f"{name}_{self.region}": value for name, value in errors.items()}


@dataclass(frozen=True)
class MattingDifferences:
    """How an alpha differs from the truth at each pixel: float64 H×W each.

    levels        a − t
    gradient      |∇a| − |∇t|
    connectivity  φ(a) − φ(t)
    """

    levels: _Plane
    gradient: _Plane
    connectivity: _Plane

    def over(self, unknown: Mask | None) -> MattingErrors:
        """The errors over the unknown region (bool H×W), or over the whole photo for None."""
        planes = self.levels, self.gradient, self.connectivity
        levels, gradient, connectivity = (p if unknown is None else p[unknown] for p in planes)
        return MattingErrors(
            region=WHOLE_PHOTO if unknown is None else UNKNOWN_REGION,
            sad=float(np.abs(levels).sum()) / 1000,
            mse=float(np.square(levels).mean()) if levels.size else 0.0,
            gradient=float(np.square(gradient).sum()) / 1000,
            connectivity=float(np.abs(connectivity).sum()) / 1000,
        )


def matting_differences(alpha: Alpha, truth: Alpha) -> MattingDifferences:
    """Compare an Alpha (uint8 H×W) with a soft truth (uint8, same size).

    Raises:
        ValueError: the shapes differ.
    """
    if alpha.shape != truth.shape:
        raise ValueError(f"prediction is {alpha.shape}, truth is {truth.shape}")
    return MattingDifferences(
        levels=(alpha.astype(np.float64) - truth) / 255,
        gradient=_gradient(alpha) - _gradient(truth),
        connectivity=_connectivity(alpha, truth),
    )


def unknown_region(truth: Alpha, grow_px: int = 10) -> Mask:
    """A trimap's unknown region for a truth without one: its soft pixels, grown by a disc."""
    soft = ((truth > 0) & (truth < 255)).astype(np.uint8)
    size = 2 * grow_px + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(soft, disc), np.uint8).view(np.bool_)


def _gradient(alpha: Alpha) -> _Plane:
    """The length of the gradient."""
    area = math.sqrt(2 * math.pi) * SIGMA_PX
    half = math.ceil(SIGMA_PX * math.sqrt(-2 * math.log(area * LEAST_WEIGHT)))
    positions = np.arange(-half, half + 1)
    smooth = np.exp(-(positions**2) / (2 * SIGMA_PX**2)) / area
    slope = -positions * smooth / SIGMA_PX**2
    scale = 255 * np.linalg.norm(smooth) * np.linalg.norm(slope)
    # The norm of a separable kernel is the product of the norms of its factors.
    along = [
        cv2.sepFilter2D(alpha, cv2.CV_64F, kernel_x, kernel_y, borderType=cv2.BORDER_REPLICATE)
        for kernel_x, kernel_y in ((slope, smooth), (smooth, slope))
    ]
    return np.asarray(cv2.magnitude(*along) / scale)


def _connectivity(alpha: Alpha, truth: Alpha) -> _Plane:
    """φ(a) − φ(t) of each pixel."""
    connected_to = np.full(truth.shape, -1.0)
    lower = np.minimum(alpha, truth)
    steps = round(1 / STEP)
    for step in range(1, steps + 1):
        # level / 255 >= step / steps, in whole numbers
        reached = (lower >= math.ceil(255 * step / steps)).view(np.uint8)
        _, labels, stats, _ = cv2.connectedComponentsWithStats(reached, connectivity=4)
        areas = stats[1:, cv2.CC_STAT_AREA]
        source = labels == 1 + int(areas.argmax()) if areas.size else np.zeros_like(labels, bool)
        connected_to[(connected_to < 0) & ~source] = (step - 1) / steps
    connected_to[connected_to < 0] = 1
    return _phi(alpha, connected_to) - _phi(truth, connected_to)


def _phi(alpha: Alpha, connected_to: _Plane) -> _Plane:
    distance = alpha / 255 - connected_to
    return np.asarray(1 - distance * (distance >= LEAST_DISTANCE))
