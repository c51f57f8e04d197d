"""Mask files whose alpha channel is the mask."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.datasets.reading import mask_files as write
from tests.datasets.reading.mask_files import MaskFolder, levels, with_alpha
from tests.datasets.reading.mask_kinds import RED, TRUTHS, assert_as_drawn, made, opened


@pytest.mark.parametrize("cut_out", [True, False])
@pytest.mark.parametrize("low_high", [(0, 255), (0, 100), (128, 255), (128, 200), (3, 9)])
def test_an_alpha_channel_that_varies_is_the_mask(
    tmp_path: Path, cut_out: bool, low_high: tuple[int, int]
) -> None:
    def one(path: Path, truth: Any, _: int) -> None:
        photo = np.where(truth, 40, 220).astype(np.uint8)
        channel = levels(truth, *low_high)
        write.pillow(path, with_alpha(photo if cut_out else np.zeros_like(photo), channel))

    assert_as_drawn(opened(made(tmp_path, one)))


HIDDEN: dict[str, Any] = {
    "photo": np.random.default_rng(0).integers(0, 255, (48, 40, 3), np.uint8),
    "black": np.zeros((48, 40, 3), np.uint8),
    "white": np.full((48, 40, 3), 255, np.uint8),
    "gray": np.full((48, 40), 119, np.uint8),
    "red": np.full((48, 40, 3), RED, np.uint8),
}


@pytest.mark.parametrize("suffix", [".png", ".webp"])
@pytest.mark.parametrize("hidden", HIDDEN)
def test_beside_cut_outs_one_of_which_nothing_is_kept_is_empty(
    tmp_path: Path, hidden: str, suffix: str
) -> None:
    truths = [*TRUTHS, np.zeros((48, 40), bool)]
    for index, truth in enumerate(truths):
        path = MaskFolder(tmp_path).put(index, truth, suffix)
        colours = HIDDEN[hidden] if index == 5 else np.where(truth, 40, 220).astype(np.uint8)
        pixels = with_alpha(colours, levels(truth, 0, 255))
        Pillow.fromarray(pixels).save(path, lossless=True, exact=True)
    dataset = opened(tmp_path)
    assert_as_drawn(dataset, truths)
    assert dataset.reading == (
        "6 masks, alpha channels: opaque is the tool; 1 of 6 truths is empty"
    )
