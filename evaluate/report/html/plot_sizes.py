"""The plots on the page, with their dimensions, to avoid layout shift while they load."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow

MAX_HEIGHT = 300  # px on the page; higher plots are scaled down
PIXEL_RATIO = 2  # image pixels per px on the page, for high-density screens


@dataclass(frozen=True)
class PlotImage:
    """``name``.png is shown with this width and height in px; it links to ``name``.svg."""

    name: str
    text: str
    width: int
    height: int


def plot_images(folder: Path, texts: Mapping[str, str]) -> list[PlotImage]:
    """The plots in ``folder``; ``texts`` describes each, by its name."""
    found = []
    for name, text in texts.items():
        with Pillow.open(folder / f"{name}.png") as picture:
            width, height = picture.size
        scale = min(1 / PIXEL_RATIO, MAX_HEIGHT / height)
        found.append(PlotImage(name, text, round(scale * width), round(scale * height)))
    return found
