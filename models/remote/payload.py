"""What models that are asked over the network share: keys, the photo sent, the picture answered."""

import math
import os
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.arrays import Alpha, Image
from datasets.pictures import PictureError, read_levels
from models.segmenter import NoMask, Unavailable


def secret(variable: str, where: str) -> str:
    """The key in an environment variable; one is made at ``where``.

    Raises:
        Unavailable: there is none, or it cannot be one. The text does not show it.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise Unavailable(f"no key; make one at {where} and run: export {variable}=…")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise Unavailable(f"{variable} holds characters that no key has; copy it again")
    return key


def check_url(base_url: str | None) -> None:
    """Raise Unavailable for a URL with a password in it, which a run would keep and show."""
    if "@" in (base_url or ""):
        raise Unavailable(
            "model.base_url holds a name or password before its @, which the run would keep; leave "
            "them out, or give the address of a proxy that adds them"
        )


def check_positive(**settings: Any) -> None:
    """Raise Unavailable for a setting that is no number above 0."""
    for setting, value in settings.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and 0 < value < math.inf):
            raise Unavailable(f"model.{setting}={value}: give a number above 0")


def reduced(image: Image, long_side_px: float, multiple_of: int = 1, least_px: int = 1) -> Image:
    """``image`` (uint8 H×W×3) at most ``long_side_px`` long, by area; each side is a multiple."""
    height, width = image.shape[:2]
    scale = min(1.0, long_side_px / max(height, width))

    def side(length: int) -> int:
        times: int = round(length * scale / multiple_of)
        return max(least_px, multiple_of, multiple_of * times)

    size = side(width), side(height)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def encoded(image: Image, kind: str) -> bytes:
    """``image`` (uint8 H×W×3) as a file, ``.png`` or ``.jpg`` of quality 95."""
    _, data = cv2.imencode(kind, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return data.tobytes()


def levels_of(data: bytes) -> tuple[Alpha, bool]:
    """A picture decoded as every mask is, whatever the answer calls its format: levels (uint8 H×W)
    and whether they are an alpha channel.

    Raises:
        NoMask: it cannot be decoded.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            return read_levels(Path(file.name))
        except PictureError as error:
            raise NoMask("the picture in the answer cannot be decoded") from error


def fitted(levels: Alpha, image: Image) -> Alpha:
    """``levels`` (uint8) at the size of ``image``: by area where it shrinks, else bilinear."""
    height, width = image.shape[:2]
    shrinks = levels.size > height * width
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(levels, (width, height), interpolation=interpolation)
    return resized.astype(np.uint8, copy=False)
