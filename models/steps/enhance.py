"""Enhance steps, applied before the model: functions from Image to Image (uint8 H×W×3)."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Image

Lightness = npt.NDArray[np.uint8]


def clahe(image: Image, *, clip_limit: float, tiles: int) -> Image:
    """Equalise the contrast of the lightness tile by tile; ``clip_limit`` limits noise.

    K. Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994.
    """
    equaliser = cv2.createCLAHE(clipLimit=clip_limit, tileGridSize=(tiles, tiles))
    return _with_lightness(image, lambda levels: equaliser.apply(levels).astype(np.uint8))


def denoise(image: Image, *, strength: float) -> Image:
    """Non-local means with OpenCV's windows: 7×7 patches, searched in 21×21.

    A. Buades, B. Coll, J.-M. Morel, "Non-local means denoising", IPOL 1, 2011.
    """
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)  # OpenCV expects BGR and converts to Lab
    clean = cv2.fastNlMeansDenoisingColored(bgr, None, strength, strength, 7, 21)
    return cv2.cvtColor(clean, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def sharpen(image: Image, *, amount: float) -> Image:
    """Subtract ``amount`` times the 4-neighbour Laplacian from each channel.

    R. Gonzalez, R. Woods, "Digital Image Processing", Prentice Hall, 2008, section 3.6.2.
    """
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32) * amount
    kernel[1, 1] += 1
    return cv2.filter2D(image, -1, kernel).astype(np.uint8, copy=False)


def lift_shadows(image: Image, *, gamma: float) -> Image:
    """Raise the lightness (0 to 1) to the power ``gamma``: dark pixels are brightened most.

    R. Gonzalez, R. Woods, "Digital Image Processing", Prentice Hall, 2008, section 3.2.3.
    """
    if gamma <= 0:
        raise ValueError("gamma must be above 0")
    curve = np.rint((np.arange(256) / 255) ** gamma * 255).astype(np.uint8)
    return _with_lightness(image, lambda levels: curve[levels])


def _with_lightness(image: Image, change: Callable[[Lightness], Lightness]) -> Image:
    """``image`` with ``change`` applied to its CIE L* (0..255); a* and b* stay."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2Lab)
    lab[:, :, 0] = change(lab[:, :, 0].astype(np.uint8))
    return cv2.cvtColor(lab, cv2.COLOR_Lab2RGB).astype(np.uint8, copy=False)
