"""A phone's picture of a scene: linear light becomes the 8-bit photograph a phone would save.

In order: lens shading, the sensor's noise and what noise reduction leaves of it, white balance as
good as a phone's, exposure by the bright parts, tone curve, sharpening.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def developed(light: Array, seed: int, ev: float, cast: Array) -> npt.NDArray[np.uint8]:
    """``light``: linear radiance, float H×W×3. Returns uint8 H×W×3 RGB.

    ``ev`` is the exposure's error in stops; ``cast`` the light's colour, half of which a phone
    takes out again. Dim pictures get the noise of a high sensitivity.
    """
    rng = np.random.default_rng(seed)
    height, width = light.shape[:2]
    bright = np.percentile(light.mean(axis=2), 88)
    exposed = light * (0.7 * 2.0**ev / bright)
    y, x = np.mgrid[:height, :width]
    radius = np.hypot(x - width / 2, y - height / 2) / np.hypot(width, height) * 2
    exposed = exposed * (1 - rng.uniform(0.1, 0.22) * radius**2)[..., None]
    exposed = exposed / np.sqrt(cast / cast.mean()) * (1 + rng.normal(0, 0.012, 3))
    exposed = exposed + _noise(rng, exposed, gain=2.0 ** max(0.0, -1.4 * ev))
    soft = cv2.GaussianBlur(exposed, (0, 0), 0.55)
    encoded = _tone(np.clip(soft, 0, None))
    sharp = encoded + 0.45 * (encoded - cv2.GaussianBlur(encoded, (0, 0), 1.3))
    developed: npt.NDArray[np.uint8] = np.rint(np.clip(sharp, 0, 1) * 255).astype(np.uint8)
    return developed


def _noise(rng: np.random.Generator, light: Array, gain: float) -> Array:
    """Shot and read noise; the colour part smeared by the camera, the rest nearly gone."""
    deviation = np.sqrt(gain * (0.00009 * np.clip(light, 0, 1) + 0.000006))
    shape = light.shape
    luminance = cv2.GaussianBlur(rng.standard_normal(shape[:2]), (0, 0), 0.7) * 1.6
    colour = cv2.GaussianBlur(rng.standard_normal(shape), (0, 0), 2.2) * 4.0
    noise: Array = deviation * (luminance[..., None] + 0.55 * colour)
    return noise


def _tone(linear: Array) -> Array:
    """sRGB, with the soft highlights and the contrast that phones add."""
    rolled = linear / np.cbrt(1 + linear**3)
    encoded = np.where(rolled <= 0.0031308, 12.92 * rolled, 1.055 * rolled ** (1 / 2.4) - 0.055)
    toned: Array = encoded + 0.09 * (encoded - 0.5) * encoded * (1 - encoded) * 4
    return toned
