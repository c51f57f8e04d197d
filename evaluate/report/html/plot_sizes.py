"""The plots beside the page, and the room they take, so that nothing moves as they load."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image as Pillow

HIGHEST = 300  # px on the page; a higher one is made smaller
SHARPNESS = 2  # px of a plot for one of the page, as phones have it


@dataclass(frozen=True)
class Plot:
    """``name``.png is shown at this size on the page, ``name``.svg opens."""

    name: str
    text: str
    width: int
    height: int


def plots(folder: Path, texts: Mapping[str, str]) -> list[Plot]:
    """Those in ``folder``; ``texts`` says what each shows, by its name."""
    found = []
    for name, text in texts.items():
        with Pillow.open(folder / f"{name}.png") as picture:
            width, height = picture.size
        scale = min(1 / SHARPNESS, HIGHEST / height)
        found.append(Plot(name, text, round(scale * width), round(scale * height)))
    return found
