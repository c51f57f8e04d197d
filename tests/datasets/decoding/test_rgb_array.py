"""Photos as arrays: the same pixels as Pillow's own."""

import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.decoding.rgb_array import rgb_array


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (1, 5000), (5000, 1), (700, 701), (300_001, 3)])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "YCbCr"])
def test_the_pixels_are_those_of_pillow(size: tuple[int, int], mode: str) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    picture = Pillow.fromarray(colours).convert(mode)
    assert np.array_equal(rgb_array(picture), np.array(picture.convert("RGB")))
