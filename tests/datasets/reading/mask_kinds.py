"""Writers of mask files of many kinds, and a dataset of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from datasets.dataset import Dataset
from datasets.folder import load
from tests.datasets.reading import mask_files as write
from tests.datasets.reading.mask_files import MaskFolder, levels, shapes, with_alpha

TRUTHS = shapes(5)
BLACK, RED, BLUE, WHITE, BROWN = (0, 0, 0), (255, 0, 0), (0, 0, 255), (255, 255, 255), (90, 60, 30)
MAROON = (128, 0, 0)

Write = Callable[[Path, np.ndarray[Any, Any], int], None]


def opened(root: Path, **choice: Any) -> Dataset:
    return load(str(root), "photos", choice.pop("foreground", "auto"), **choice)


def made(root: Path, one: Write, truths: list[Any] = TRUTHS) -> Path:
    MaskFolder(root).write(truths, one)
    return root


def assert_as_drawn(dataset: Dataset, truths: list[Any] = TRUTHS) -> None:
    for sample, truth in zip(dataset.samples, truths, strict=True):
        read, _ = dataset.truth(sample, truth.shape)
        assert (read == truth).all(), sample.id


def assert_nearly_as_drawn(dataset: Dataset, least_iou: float, truths: list[Any] = TRUTHS) -> None:
    """Of masks stored with loss, which moves outlines."""
    for sample, truth in zip(dataset.samples, truths, strict=True):
        read, _ = dataset.truth(sample, truth.shape)
        assert (read & truth).sum() / (read | truth).sum() >= least_iou, sample.id


def gray(background: int, tool: int, dtype: Any = np.uint8, by: Any = write.pillow) -> Write:
    return lambda path, truth, _: by(path, levels(truth, background, tool, dtype))


def colours(background: Any, tool: Any, by: Any = write.pillow) -> Write:
    return lambda path, truth, _: by(path, levels(truth, background, tool))


def indexed(table: dict[int, Any], background: int, tool: int) -> Write:
    return lambda path, truth, _: write.palette(path, levels(truth, background, tool), table)


def alpha(pixels: Any, channel: int, by: Any = write.pillow) -> Write:
    return lambda path, truth, _: by(path, with_alpha(levels(truth, *pixels), channel))
