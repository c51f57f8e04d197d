"""Reads image files: photos as Images, masks as levels; and encodes masks as PNG.

Pillow decodes every user's file, by its content and not by its suffix (a JPEG named .png is a
JPEG). EXIF orientation is applied here and nowhere else; damaged metadata loses no image. Pillow's
limit on decompression bombs stays on. A file that cannot be read raises ``PictureError``, whose
text names file, reason and remedy.
"""

import io
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias, TypeVar

import cv2
import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image as Pillow

from datasets.arrays import Alpha, Image
from datasets.decoding.deep_colours import colours_16, is_deep
from datasets.decoding.depth import scaled
from datasets.decoding.orientation import orientation_of, turned, turned_pixels
from datasets.decoding.png_chunks import is_complete, without_metadata
from datasets.decoding.rgb_array import rgb_array
from datasets.decoding.run_lengths import MOST_PIXELS
from datasets.listing.regular_file import not_a_file

pillow_heif.register_heif_opener()

Decoded = TypeVar("Decoded")
DeepColours: TypeAlias = npt.NDArray[np.uint16]  # H×W×3 RGB, or ×4 with alpha

OPAQUE = 250  # an alpha channel that nowhere falls below this is no cut-out (tracefinity's rule)
SUFFIXES = frozenset(
    {".avif", ".bmp", ".gif", ".heic", ".heif", ".hif", ".jfif", ".jp2", ".jpe", ".jpeg", ".jpg"}
    | {".png", ".tif", ".tiff", ".webp"}
)


class PictureError(ValueError):
    """An unusable image file; the text names the file, the reason and the remedy."""

    def __init__(self, path: Path, reason: str, remedy: str) -> None:
        super().__init__(f"{path}: {reason}; {remedy}")


def read_photo(path: Path, drop_alpha: bool = False, least_px: int | None = None) -> Image:
    """Read a photo as an upright RGB Image (uint8 H×W×3).

    16-bit images are scaled to 8 bits, by the bits they use (``datasets.decoding.depth``).
    Transparent images are composited on white, the colour of paper; with ``drop_alpha``, the alpha
    channel is ignored instead. With ``least_px``, a JPEG may be decoded at a half, a quarter or an
    eighth of its size, its long side no shorter than that: this takes half the time or less.

    Raises:
        PictureError: missing, unreadable, truncated, a bomb, or 32-bit float.
    """
    return _decoded(path, partial(_to_photo, drop_alpha=drop_alpha), least_px)


def read_levels(path: Path) -> tuple[npt.NDArray[np.uint8], bool]:
    """Read a mask file as levels (uint8 H×W), and whether they came from an alpha channel.

    - an alpha channel that falls below ``OPAQUE`` somewhere is the mask;
    - a palette with colours is a label map: black is background, any colour is foreground;
    - levels 0 and 1 only, in any depth, are labels: they become 0 and 255;
    - 16-bit files are scaled by the bits that they use (``datasets.decoding.depth``);
    - anything else is read as gray.

    Raises:
        PictureError: missing, unreadable, truncated, a bomb, or 32-bit float.
    """
    return _decoded(path, _to_levels)


def read_rgba(path: Path) -> npt.NDArray[np.uint8]:
    """Read a cut-out as colours and alpha (uint8 H×W×4), upright, the colours as stored.

    Raises:
        PictureError: missing, unreadable, truncated, a bomb, or 32-bit float.
    """
    return _decoded(path, lambda picture: np.array(picture.convert("RGBA")))


def has_alpha(path: Path) -> bool:
    """Whether an image has transparency. Reads only its header.

    Raises:
        PictureError: missing, no picture, or a bomb.
    """
    return _opened(path, lambda picture: bool(picture.has_transparency_data))


def read_stored(
    path: Path, convert: Callable[[Pillow.Image, DeepColours | None], Decoded]
) -> Decoded:
    """What ``convert`` makes of a picture as it is stored, decoded and upright.

    It is also given the whole colours where they have 16 bits, of which Pillow drops the low byte.

    Raises:
        PictureError: missing, unreadable, truncated, a bomb, or 32-bit float.
    """

    def stored(picture: Pillow.Image) -> Decoded:
        is_wide = is_deep(path, picture) and not picture.mode.startswith("I")
        picture.load()
        turn = orientation_of(picture)
        wide = turned_pixels(colours_16(path, picture), turn) if is_wide else None
        return convert(_expect_integers(path, turned(picture, turn)), wide)

    return _opened(path, stored)


def read_mask_png(path: Path) -> Alpha | None:
    """Read an 8-bit gray PNG that this project wrote, as an Alpha (uint8 H×W).

    None where the file is missing, empty or damaged. For files of other programs, see
    ``read_levels``.
    """
    return decode_mask_png(path.read_bytes()) if path.is_file() else None


def decode_mask_png(encoded: bytes) -> Alpha | None:
    """The Alpha (uint8 H×W) of such a PNG's bytes; None where they are none or damaged."""
    plane = np.frombuffer(encoded, np.uint8)
    try:
        whole = is_complete(plane.data, MOST_PIXELS)
        levels = cv2.imdecode(plane, cv2.IMREAD_GRAYSCALE) if whole else None
    except cv2.error:  # its header states more pixels than OpenCV decodes
        return None
    return None if levels is None else levels.astype(np.uint8, copy=False)


def encode_png(levels: npt.NDArray[np.uint8], options: Sequence[int] = ()) -> bytes:
    """Encode levels (uint8 H×W) as PNG; ``options`` are pairs of OpenCV's ``IMWRITE_PNG_…``."""
    _, encoded = cv2.imencode(".png", levels, options)
    return encoded.tobytes()


def shrink_to(picture: npt.NDArray[np.uint8], long_side_px: int) -> npt.NDArray[np.uint8]:
    """``picture`` (uint8 H×W or H×W×3), its long side at most ``long_side_px``, averaged by area.

    A picture that is small enough is returned as it is. No side falls below 1 px.
    """
    size = shrunk_size((picture.shape[0], picture.shape[1]), long_side_px)
    return resize_by_area(picture, size)


def shrunk_size(size: tuple[int, int], long_side_px: int) -> tuple[int, int]:
    """The (height, width) that ``shrink_to`` gives a picture of the (height, width) ``size``."""
    scale = min(1.0, long_side_px / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def resize_by_area(picture: npt.NDArray[np.uint8], size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """``picture`` (uint8 H×W or H×W×3) at a (height, width); as it is where it has that."""
    if picture.shape[:2] == size:
        return picture
    small = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA)
    return small.astype(np.uint8, copy=False)


def _to_photo(picture: Pillow.Image, drop_alpha: bool) -> Image:
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")  # Pillow warns of palettes that go to RGB at once
        if not drop_alpha:
            picture = Pillow.alpha_composite(Pillow.new("RGBA", picture.size, "white"), picture)
    return rgb_array(picture)


def _to_levels(picture: Pillow.Image) -> tuple[npt.NDArray[np.uint8], bool]:
    if picture.has_transparency_data:
        alpha = np.array(picture.convert("RGBA").getchannel("A"))
        if alpha.min() < OPAQUE:
            return alpha, True
    if picture.mode == "P":
        colours = np.array(picture.convert("RGBA"))[:, :, :3]
        gray = bool((colours == colours[:, :, :1]).all())
        levels = colours[:, :, 0] if gray else np.where(colours.any(axis=2), 255, 0)
    else:
        levels = np.array(picture.convert("L"))
    levels = levels.astype(np.uint8)
    return (levels * 255 if levels.max() == 1 else levels), False


def _decoded(
    path: Path, convert: Callable[[Pillow.Image], Decoded], least_px: int | None = None
) -> Decoded:
    def decode(picture: Pillow.Image) -> Decoded:
        deep = is_deep(path, picture)
        if least_px is not None and max(picture.size) > least_px:
            height, width = shrunk_size((picture.height, picture.width), least_px)
            picture.draft(None, (width, height))  # of formats that cannot, it does nothing
        picture.load()
        upright = turned(scaled(path, picture) if deep else picture, orientation_of(picture))
        return convert(_expect_integers(path, upright))

    return _opened(path, decode)


def _expect_integers(path: Path, picture: Pillow.Image) -> Pillow.Image:
    if picture.mode == "F":
        raise PictureError(path, "32-bit float picture", "save it with 8 or 16 bits a channel")
    return picture


def _opened(path: Path, use: Callable[[Pillow.Image], Decoded]) -> Decoded:
    if kind := not_a_file(path):
        raise PictureError(path, f"is {kind}, not a file", "replace or remove it")
    try:
        with warnings.catch_warnings():
            # Pillow warns from 89 megapixels, which phones reach, and refuses at twice that.
            warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
            warnings.filterwarnings("ignore", module="PIL")  # damaged metadata
            with _open(path) as picture:
                return use(picture)
    except PictureError:
        raise
    except Pillow.DecompressionBombError as error:
        raise PictureError(
            path, "more pixels than are safe to decode", "shrink it to under 178 megapixels"
        ) from error
    except FileNotFoundError as error:
        raise PictureError(path, "no such file", "put it back or remove its partner") from error
    except Exception as error:
        # Decoders raise whatever a malformed file leads them to; none of it may stop a run.
        reason = "the file is empty" if _is_empty(path) else f"cannot be read ({error})"
        raise PictureError(path, reason, "export it again or remove it") from error


def _open(path: Path) -> Pillow.Image:
    try:
        picture = Pillow.open(path)
        if picture.format == "TIFF":
            picture.filename = ""  # a turned one that Pillow maps into memory by name is scrambled
        return picture
    except (Pillow.DecompressionBombError, FileNotFoundError):
        raise
    except Exception:
        if (bare := without_metadata(path)) is None:
            raise
        return Pillow.open(io.BytesIO(bare))


def _is_empty(path: Path) -> bool:
    return path.is_file() and path.stat().st_size == 0
