"""Polygons of an answer that would take all memory to draw are no mask."""

import pytest

from models.remote.polygon_answer import Polygons
from models.segmenter import NoMask


def test_an_outline_that_is_longer_than_the_photo_has_pixels_is_no_mask() -> None:
    zigzag = [(0.0, 0.0), (1000.0, 1000.0)] * 5000
    with pytest.raises(NoMask, match="cannot be drawn: a polygon's outline is longer"):
        Polygons([zigzag]).alpha((1000, 1000), (600, 800))
    square = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]
    assert Polygons([square]).alpha((1000, 1000), (600, 800)).all()
    assert not Polygons().alpha((1000, 1000), (600, 800)).any()
