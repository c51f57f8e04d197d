"""Polygons of an answer that would take all memory to draw are no mask."""

import pytest

from models.remote.polygon_answer import Polygons, polygons_in
from models.segmenter import NoMask


def test_an_outline_that_is_longer_than_the_photo_has_pixels_is_no_mask() -> None:
    zigzag = [(0.0, 0.0), (1000.0, 1000.0)] * 5000
    with pytest.raises(NoMask, match="cannot be drawn: a polygon's outline is longer"):
        Polygons([zigzag]).alpha((1000, 1000), (600, 800))
    square = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 1000.0), (0.0, 1000.0)]
    assert Polygons([square]).alpha((1000, 1000), (600, 800)).all()
    assert not Polygons().alpha((1000, 1000), (600, 800)).any()


@pytest.mark.parametrize("repeated", ["[", '[{"a":', "[[1,2],"])
def test_an_answer_that_opens_brackets_for_ever_is_read_in_bounded_time(repeated: str) -> None:
    """By the square of its length this would take minutes."""
    polygon = '{"outlines": [[[1, 2], [3, 4], [5, 6]]]}'
    found = polygons_in(f"{polygon} {repeated * 20_000}")
    assert found is not None
    assert len(found.outlines) == 1


def test_an_answer_is_found_behind_many_brackets_in_prose() -> None:
    prose = "the points [0-1000] and {3 of them} and [1, 2; 3] " * 500
    found = polygons_in(prose + '{"outlines": [[[1, 2], [3, 4], [5, 6]], [[1, 2], [3, 4')
    assert found is not None
    assert found.cut_off
    assert found.outlines == [[(1, 2), (3, 4), (5, 6)]]
