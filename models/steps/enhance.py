"""What is done to a photo before the model sees it: functions from Image to Image, uint8 H×W×3."""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from datasets.arrays import Image

Levels = npt.NDArray[np.uint8]


def clahe(image: Image, *, clip_limit: float, tiles: int) -> Image:
    """Even out the contrast of the lightness, tile by tile; ``clip_limit`` keeps noise down.

    K. Zuiderveld, "Contrast limited adaptive histogram equalization", Graphics Gems IV, 1994.
    """
    equaliser = cv2.createCLAHE(clipLimit=clip_limit, tileGridSize=(tiles, tiles))
    return _with_lightness(image, lambda levels: equaliser.apply(levels).astype(np.uint8))


def denoise(image: Image, *, strength: float) -> Image:
    """Non-local means with OpenCV's windows, 7×7 looked for in 21×21.

    A. Buades, B. Coll, J.-M. Morel, "Non-local means denoising", IPOL 1, 2011.
    """
    blue_first = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)  # it works in Lab, and expects this order
    clean = cv2.fastNlMeansDenoisingColored(blue_first, None, strength, strength, 7, 21)
    return cv2.cvtColor(clean, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def sharpen(image: Image, *, amount: float) -> Image:
    """Subtract ``amount`` of the Laplacian over 4 neighbours, in each channel.

    R. Gonzalez, R. Woods, "Digital Image Processing", Prentice Hall, 2008, section 3.6.2.
    """
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32) * amount
    kernel[1, 1] += 1
    return cv2.filter2D(image, -1, kernel).astype(np.uint8, copy=False)


def lift_shadows(image: Image, *, gamma: float) -> Image:
    """Raise the lightness, 0 to 1, to the power of ``gamma``: the darker, the more stops it gains.

    R. Gonzalez, R. Woods, "Digital Image Processing", Prentice Hall, 2008, section 3.2.3.
    """
    if gamma <= 0:
        raise ValueError("gamma must be above 0")
    curve = np.rint((np.arange(256) / 255) ** gamma * 255).astype(np.uint8)
    return _with_lightness(image, lambda levels: curve[levels])


def _with_lightness(image: Image, change: Callable[[Levels], Levels]) -> Image:
    """``image`` with its CIE L* (0..255) changed, its colours kept."""
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2Lab)
    lab[:, :, 0] = change(lab[:, :, 0].astype(np.uint8))
    return cv2.cvtColor(lab, cv2.COLOR_Lab2RGB).astype(np.uint8, copy=False)
