"""What remote models share: API keys, settings checks, the photo sent, the mask received."""

import math
import os
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.arrays import THRESHOLD, Alpha, Image
from datasets.pictures import PictureError, read_levels
from datasets.reading.mask_set import white_levels
from models.segmenter import NoMask, Unavailable


def api_key(variable: str, page: str) -> str:
    """The key in the environment variable ``variable``; a user creates one at ``page``.

    Raises:
        Unavailable: the variable is empty, or its value cannot be a key. The text omits the value.
    """
    key = os.environ.get(variable, "").strip()
    if not key:
        raise Unavailable(f"no key; make one at {page} and run: export {variable}=…")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise Unavailable(f"{variable} contains characters that no key has; copy it again")
    return key


def check_base_url(base_url: str | None) -> None:
    """Raise Unavailable for a URL with credentials: the run would store and show them."""
    if "@" in (base_url or ""):
        raise Unavailable(
            "model.base_url contains a name or password before its @, which the run would store; "
            "leave them out, or give the address of a proxy that adds them"
        )


def check_positive(**settings: Any) -> None:
    """Raise Unavailable for a setting that is not a finite number above 0."""
    for setting, value in settings.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and 0 < value < math.inf):
            raise Unavailable(f"model.{setting}={value}: give a number above 0")


def shrink_for_upload(
    image: Image, long_side_px: float, multiple_of: int = 1, least_px: int = 1
) -> Image:
    """``image`` (uint8 H×W×3) shrunk by area to at most ``long_side_px``.

    Each side becomes a multiple of ``multiple_of`` px, and at least ``least_px``.
    """
    height, width = image.shape[:2]
    scale = min(1.0, long_side_px / max(height, width))

    def side(length: int) -> int:
        times: int = round(length * scale / multiple_of)
        return max(least_px, multiple_of, multiple_of * times)

    size = side(width), side(height)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def encode_image(image: Image, suffix: str) -> bytes:
    """``image`` (uint8 H×W×3) as the bytes of a file: ``.png``, or ``.jpg`` of quality 95."""
    _, data = cv2.imencode(suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    return data.tobytes()


def decode_mask(data: bytes) -> tuple[Alpha, bool]:
    """A picture decoded like any mask: levels (uint8 H×W), and whether they are an alpha channel.

    An alpha channel that is the same everywhere says nothing where the colours under it are a mask.
    Under a cut-out of which nothing was kept they are those of the photo, or all the same. The
    media type that the answer states is ignored.

    Raises:
        NoMask: the picture cannot be decoded.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        try:
            levels, is_alpha = read_levels(Path(file.name))
            if is_alpha and levels.min() == levels.max():
                drawn = white_levels(Path(file.name))
                shows_all = levels.max() >= THRESHOLD
                if drawn is not None and (shows_all or drawn.min() < drawn.max()):
                    return drawn, False  # else nothing was kept, above a single colour
        except PictureError as error:
            raise NoMask("the picture in the answer cannot be decoded") from error
    return levels, is_alpha


def resize_to_photo(levels: Alpha, image: Image) -> Alpha:
    """``levels`` (uint8) at the size of ``image``: by area when shrinking, else bilinear."""
    height, width = image.shape[:2]
    shrinks = levels.size > height * width
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(levels, (width, height), interpolation=interpolation)
    return resized.astype(np.uint8, copy=False)
