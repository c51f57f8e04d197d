"""Masks that remote models send back as pictures."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from models.remote.payload import decode_mask
from models.segmenter import NoMask
from tests.datasets.reading.mask_files import levels, shapes, with_alpha

(TRUTH,) = shapes(1)
PHOTO = np.random.default_rng(0).integers(0, 255, (*TRUTH.shape, 3), np.uint8)


def encoded(pixels: Any, form: str) -> bytes:
    buffer = io.BytesIO()
    Pillow.fromarray(pixels).save(buffer, form, lossless=True, exact=True)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("hidden", [PHOTO, PHOTO * 0, PHOTO * 0 + 255, PHOTO * 0 + 119])
def test_a_cut_out_of_nothing_is_empty(hidden: Any, form: str) -> None:
    found, is_alpha = decode_mask(encoded(with_alpha(hidden, 0), form))
    assert is_alpha
    assert not found.any()


@pytest.mark.parametrize("alpha", [0, 1, 127, 128, 249, 255])
@pytest.mark.parametrize("tool", [1, 38, 255])
def test_an_alpha_that_is_the_same_everywhere_says_nothing_of_a_mask(tool: int, alpha: int) -> None:
    tool = 255 if alpha == 255 else tool  # of opaque pictures only 128 and more is white
    found, is_alpha = decode_mask(encoded(with_alpha(levels(TRUTH, 0, tool), alpha), "PNG"))
    assert not is_alpha
    assert ((found >= 128) == TRUTH).all()


@pytest.mark.parametrize("alpha", [128, 249])
@pytest.mark.parametrize("level", [0, 255])
def test_visible_colours_that_are_all_the_same_are_an_empty_or_full_mask(
    level: int, alpha: int
) -> None:
    found, is_alpha = decode_mask(encoded(with_alpha(PHOTO * 0 + np.uint8(level), alpha), "PNG"))
    assert not is_alpha
    assert (found == level).all()


def test_a_cut_out_is_its_alpha() -> None:
    found, is_alpha = decode_mask(encoded(with_alpha(PHOTO, levels(TRUTH, 0, 255)), "PNG"))
    assert is_alpha
    assert ((found >= 128) == TRUTH).all()


def test_other_bytes_are_no_mask() -> None:
    with pytest.raises(NoMask, match="cannot be decoded"):
        decode_mask(b"no picture")
