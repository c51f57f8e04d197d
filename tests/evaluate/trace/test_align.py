"""Aligning shifted masks with their photos."""

import cv2
import numpy as np
import pytest

from datasets.pictures import read_levels, read_photo
from evaluate.trace.align import align_to_edges
from tests.support.photos import GEMINI_PHOTOS, photo
from tests.support.projects import ROOT

SAMPLE = ROOT / "datasets" / "sample"


def test_blank_paper_shifts_no_mask() -> None:
    rng = np.random.default_rng(0)
    blank = rng.integers(215, 226, (640, 480, 3), np.uint8)
    mask = np.where(photo(480, 640)[1], 255, 0).astype(np.uint8)
    alpha, shift = align_to_edges(mask, blank)
    assert shift == (0, 0)
    assert (alpha == mask).all()


def test_exact_masks_stay_and_shifted_ones_are_aligned() -> None:
    """On built-in photographs, where a template match goes wrong."""
    for name in ("chrome-1", "dim-3", "shadow-1"):
        image = read_photo(SAMPLE / "images" / f"{name}.jpg")
        mask, _ = read_levels(SAMPLE / "masks" / f"{name}.png")
        assert align_to_edges(mask, image)[1] == (0, 0)
        back = np.add(align_to_edges(np.roll(mask, (40, -30), (0, 1)), image)[1], (-30, 40))
        assert np.abs(back).max() <= 4


@pytest.mark.skipif(not GEMINI_PHOTOS.exists(), reason="the real photos are not in git")
def test_a_mask_shifted_by_gemini_is_aligned() -> None:
    image = read_photo(GEMINI_PHOTOS / "images" / "hacksaw.jpg")
    levels, _ = read_levels(GEMINI_PHOTOS / "masks" / "hacksaw.png")
    mask = cv2.resize(255 - levels, (image.shape[1], image.shape[0])).astype(np.uint8)
    _, (right, down) = align_to_edges(mask, image)
    assert abs(right) <= 12
    assert 55 <= down <= 70  # px of 5047: where a person would put it
