"""Sets whose masks were written in different ways are read as one."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.errors import DatasetError
from datasets.reading.choice import Choice
from datasets.reading.mask_set import mask_set
from tests.datasets.reading.mask_files import MaskFolder, levels, shapes, with_alpha
from tests.datasets.reading.mask_kinds import BLACK, RED, WHITE, opened

DEEP = np.uint16
TRUTHS = [cv2.resize(t.astype(np.uint8), (160, 192), interpolation=0) > 0 for t in shapes(6)]

Draw = Callable[[Any], Any]


def soft(tool: int, background: int = 0) -> Draw:
    return lambda truth: cv2.GaussianBlur(levels(truth, background, tool), (0, 0), 1.2)


def resized(tool: int) -> Draw:
    def draw(truth: Any) -> Any:
        half = cv2.resize(levels(truth, 0, tool), (80, 96), interpolation=cv2.INTER_AREA)
        return cv2.resize(half, (160, 192), interpolation=cv2.INTER_LINEAR)

    return draw


def hard(background: Any, tool: Any, dtype: Any = np.uint8) -> Draw:
    return lambda truth: levels(truth, background, tool, dtype)


def cut_out(truth: Any) -> Any:
    return with_alpha(levels(truth, 220, 40), levels(truth, 0, 255))


MIXED: dict[str, tuple[Draw, Draw, str, float]] = {  # the least IoU that is right
    "hard and soft": (hard(0, 255), soft(255), ".png", 0.98),
    "hard and soft, dark": (hard(0, 38), soft(38), ".png", 0.98),
    "hard and soft, black on white": (hard(255, 0), soft(0, 255), ".png", 0.98),
    "resized": (hard(0, 200), resized(200), ".png", 0.98),
    "PNG and JPEG": (hard(0, 127), hard(0, 127), ".jpg", 0.98),
    "PNG and JPEG, dark": (hard(0, 38), hard(0, 38), ".jpg", 0.98),
    "PNG and red JPEG": (hard(BLACK, RED), hard(BLACK, RED), ".jpg", 0.97),
    "8 and 16 bits": (hard(0, 255), hard(0, 65535, DEEP), ".png", 1),
    "8 and 16 bits, black on white": (hard(255, 0), hard(65535, 0, DEEP), ".tif", 1),
    "1 and 8 bits": (lambda truth: truth, hard(0, 1), ".png", 1),
    "gray and colours": (hard(0, 255), hard(BLACK, RED), ".png", 1),
    "gray and colours on white": (hard(255, 0), hard(WHITE, RED), ".png", 1),
    "gray and cut-outs": (hard(0, 255), cut_out, ".png", 1),
    "black on white and cut-outs": (hard(255, 0), cut_out, ".webp", 1),
}


def mixed(root: Path, one: Draw, other: Draw, suffix: str) -> Path:
    for index, truth in enumerate(TRUTHS):
        path = MaskFolder(root).put(index, truth, suffix if index % 2 else ".png")
        options: dict[str, Any] = {"quality": 80} if path.suffix == ".jpg" else {}
        options |= {"lossless": True, "exact": True} if path.suffix == ".webp" else {}
        Pillow.fromarray((other if index % 2 else one)(truth)).save(path, **options)
    return root


@pytest.mark.parametrize("kind", MIXED)
def test_masks_written_in_two_ways_are_read_as_drawn(tmp_path: Path, kind: str) -> None:
    one, other, suffix, least = MIXED[kind]
    dataset = opened(mixed(tmp_path, one, other, suffix))
    for sample, truth in zip(dataset.samples, TRUTHS, strict=True):
        read, _ = dataset.truth(sample, truth.shape)
        assert (read & truth).sum() >= least * (read | truth).sum(), dataset.reading


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (hard(0, 255), hard(255, 0)),
        (hard(0, 38), hard(38, 0)),
        (hard(BLACK, RED), hard(RED, BLACK)),
        (hard(BLACK, RED), hard(255, 0)),
        (soft(255), soft(0, 255)),
    ],
)
def test_half_of_the_masks_inverted_is_refused(tmp_path: Path, one: Draw, other: Draw) -> None:
    dataset = opened(mixed(tmp_path, one, other, ".png"))
    with pytest.raises(DatasetError, match="3 of 6 masks have a bright border and the others a"):
        _ = dataset.reading


def test_a_tinted_mask_that_is_cut_is_one_plane(tmp_path: Path) -> None:
    """Its colours are many, but the levels that they gather around are gray."""
    rng = np.random.default_rng(0)
    strength = int(rng.integers(2, 60))
    drawn = np.zeros((12, 12, 1), int)
    drawn[3:9, 3:9] = 255
    tint = rng.integers(-strength, strength + 1, (12, 12, 3)) * (rng.random((12, 12, 1)) < 0.3)
    path = tmp_path / "a.png"
    Pillow.fromarray(np.clip(drawn + tint, 0, 255).astype(np.uint8)).save(path)
    found = mask_set([path], Choice("auto", soft="all"), "masks").levels(path)
    assert np.array_equal(found >= 128, drawn[:, :, 0] > 0)
