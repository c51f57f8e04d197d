"""Masks of 16 bits a channel, by OpenCV and tifffile: no level is lost without a word."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.caching import cache
from datasets.errors import DatasetError
from datasets.pictures import PictureError
from datasets.reading.mask_set import white_levels
from tests.datasets.reading import mask_files as write
from tests.datasets.reading.mask_files import MaskFolder, levels, rim, with_alpha
from tests.datasets.reading.mask_kinds import (
    TRUTHS,
    assert_as_drawn,
    assert_nearly_as_drawn,
    made,
    opened,
)

DEEP = np.uint16
BLACK = (0, 0, 0)
LARGE = [cv2.resize(t.astype(np.uint8), (160, 192), interpolation=0) > 0 for t in TRUTHS]


def one_gray(level: int) -> tuple[int, int, int]:
    return (level, level, level)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(
    ("background", "tool"),
    [
        *((BLACK, one_gray(level)) for level in (1, 2, 38, 255, 256, 4095, 65535)),
        *((BLACK, (level, 0, 0)) for level in (1, 2, 255, 300, 4095, 65535)),
        (one_gray(65535), BLACK),
        (one_gray(4095), one_gray(7)),
        ((1, 2, 3), (3, 2, 1)),
        ((60000, 40000, 20000), (0, 0, 65535)),
    ],
)
def test_two_colours_of_16_bits(tmp_path: Path, suffix: str, background: Any, tool: Any) -> None:
    for index, truth in enumerate(TRUTHS):
        path = MaskFolder(tmp_path).put(index, truth, suffix)
        write.opencv(path, levels(truth, background, tool, DEEP))
    assert_as_drawn(opened(tmp_path))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("low_high", [(0, 1), (0, 255), (0, 4095), (0, 65535), (300, 900)])
def test_an_alpha_channel_of_16_bits(
    tmp_path: Path, suffix: str, low_high: tuple[int, int]
) -> None:
    for index, truth in enumerate(TRUTHS):
        photo = levels(truth, 50000, 9000, DEEP)
        path = MaskFolder(tmp_path).put(index, truth, suffix)
        write.opencv(path, with_alpha(photo, levels(truth, *low_high, DEEP)))
    assert_as_drawn(opened(tmp_path))


@pytest.mark.parametrize("alpha", [0, 1, 128, 255, 65535])
@pytest.mark.parametrize("tool", [1, 38, 65535])
def test_a_constant_alpha_of_16_bits_says_nothing(tmp_path: Path, alpha: int, tool: int) -> None:
    def one(path: Path, truth: Any, _: int) -> None:
        write.opencv(path, with_alpha(levels(truth, 0, tool, DEEP), alpha))

    assert_as_drawn(opened(made(tmp_path, one)))


@pytest.mark.parametrize("tool", [one_gray(1), one_gray(255), (0, 0, 65535), one_gray(65535)])
def test_jpeg_2000_of_16_bits(tmp_path: Path, tool: Any) -> None:
    for index, truth in enumerate(LARGE):
        path = MaskFolder(tmp_path).put(index, truth, ".jp2")
        write.opencv(path, levels(truth, BLACK, tool, DEEP))
    assert_nearly_as_drawn(opened(tmp_path), 0.99, LARGE)


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (lambda t: levels(t, BLACK, (256, 0, 0), DEEP), "8 bits do not tell apart"),
        (lambda t: levels(t, (255, 0, 0), (256, 0, 0), DEEP), "8 bits do not tell apart"),
        (lambda t: with_alpha(levels(t, 9, 9, DEEP), levels(t, 300, 301, DEEP)), "16-bit alpha"),
        (lambda t: np.where(t, 1, -1).astype(np.int32), "values from -1 to 1"),
        (lambda t: np.where(t, 80000, 70000).astype(np.int32), "values from 70000 to 80000"),
        (lambda t: t.astype(np.float32), "32-bit float"),
    ],
)
def test_values_that_would_be_lost_are_refused(tmp_path: Path, pixels: Any, reason: str) -> None:
    for index, truth in enumerate(TRUTHS):
        stored = pixels(truth)
        path = MaskFolder(tmp_path).put(index, truth, ".tif")
        (write.opencv if stored.dtype == DEEP else write.pillow)(path, stored)
    dataset = opened(tmp_path)
    assert dataset.reading == "5 masks; 5 of 5 truths are unreadable"
    with pytest.raises(PictureError, match=rf"a\.tif.*{reason}"):
        dataset.truth(dataset.samples[0], (48, 40))


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(
    "choice",
    [
        {"labels": ["#ff0000"], "void": ["#ffffff"]},
        {"labels": [65535]},
        {"labels": ["#ffffff"]},
        {"labels": [255], "void": ["#ff0000"]},
        {"void": [255]},
    ],
)
def test_a_label_must_have_one_name_in_colours_and_grays(
    tmp_path: Path, choice: dict[str, Any], suffix: str
) -> None:
    """White is 65535 where all of a file is gray, and 255 beside colours."""
    for index, truth in enumerate(TRUTHS):
        pixels = levels(truth, BLACK, (65535, 0, 0) if index else BLACK, DEEP)
        pixels[rim(truth)] = 65535
        write.opencv(MaskFolder(tmp_path).put(index, truth, suffix), pixels)
    with pytest.raises(DatasetError, match="one label may have two names"):
        _ = opened(tmp_path, **choice).reading


CLOSE: dict[str, dict[str, Any]] = {
    ".webp": {"quality": 80},
    ".avif": {"quality": 60},
    ".jp2": {"quality_mode": "rates", "quality_layers": [30], "irreversible": True},
    ".jpg": {"quality": 40},
    ".jpeg": {"quality": 75},
    ".tif": {"compression": "jpeg"},
}


@pytest.mark.parametrize("tool", [1, 2])
@pytest.mark.parametrize("suffix", CLOSE)
def test_levels_too_close_for_a_lossy_format_are_refused_or_counted(
    tmp_path: Path, suffix: str, tool: int
) -> None:
    for index, truth in enumerate(LARGE):
        path = MaskFolder(tmp_path).put(index, truth, suffix)
        Pillow.fromarray(levels(truth, 0, tool)).save(path, **CLOSE[suffix])
    try:
        told = opened(tmp_path).reading or ""
    except DatasetError as error:
        told = str(error)
    assert any(text in told for text in ("export masks as PNG", "label map", "5 of 5 truths are"))


STORED: dict[str, tuple[str, Callable[[Any], Any], dict[str, Any]]] = {
    "JPEG of 0 and 1": (".jpg", lambda t: levels(t, 0, 1), {"quality": 95}),
    "JPEG of 0 alone": (".jpg", lambda t: levels(t, 0, 0), {}),
    "JPEG of 0 and 255": (".jpg", lambda t: levels(t, 0, 255), {}),
    "red JPEG": (".jpg", lambda t: levels(t, BLACK, (255, 0, 0)), {}),
    "WebP of 0 and 38": (".webp", lambda t: levels(t, 0, 38), {"quality": 50}),
    "GIF": (".gif", lambda t: levels(t, 0, 7), {}),
    "16 bits": (".png", lambda t: levels(t, 0, 1001, DEEP), {}),
    "alpha": (".png", lambda t: with_alpha(levels(t, 9, 9), levels(t, 0, 255)), {}),
    "constant alpha": (".png", lambda t: with_alpha(levels(t, 0, 38), 128), {}),
    "red on black": (".png", lambda t: levels(t, BLACK, (255, 0, 0)), {}),
    "soft": (".png", lambda t: cv2.GaussianBlur(levels(t, 0, 255), (0, 0), 2), {}),
}


@pytest.mark.parametrize("kind", STORED)
def test_kept_levels_are_those_that_were_found(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix, pixels, options = STORED[kind]
    monkeypatch.setattr(cache, "_current", [])
    cache.use(tmp_path / "kept")
    for index, truth in enumerate(LARGE):
        path = MaskFolder(tmp_path).put(index, truth, suffix)
        Pillow.fromarray(pixels(truth)).save(path, **options)
    found = opened(tmp_path)
    found_files, line, hash_ = dict(found.masks.files), found.reading, found.content_hash
    for path in (tmp_path / "masks").iterdir():
        path.touch()  # looked at again, in the cache
    again = opened(tmp_path)
    assert (dict(again.masks.files), again.reading, again.content_hash) == (
        found_files,
        line,
        hash_,
    )


def test_a_lone_mask_of_a_model_is_read_by_its_colours(tmp_path: Path) -> None:
    write.pillow(tmp_path / "a.png", with_alpha(levels(TRUTHS[0], 0, 1), 0))
    read = white_levels(tmp_path / "a.png")
    assert read is not None
    assert ((read >= 128) == TRUTHS[0]).all()
    noise = np.random.default_rng(0).integers(0, 255, (48, 40, 3), np.uint8)
    write.pillow(tmp_path / "b.png", cv2.blur(noise, (5, 5)))
    assert white_levels(tmp_path / "b.png") is None
