"""Photos, masks and what else is decoded from picture files."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow

from datasets.decoding.mask_png import encode_mask
from datasets.decoding.orientation import orientation_in, stored_upright
from datasets.decoding.png_chunks import without_metadata
from datasets.errors import DatasetError
from datasets.pictures import (
    PictureError,
    has_alpha,
    read_levels,
    read_mask_png,
    read_photo,
    read_rgba,
)
from datasets.reading.choice import Choice
from datasets.reading.mask_set import mask_set
from models.remote.payload import decode_mask, resize_to_photo
from models.segmenter import NoMask
from tests.fuzz.target import Ready, Target, only

SIZE = (12, 9)  # height and width of all pictures
FORMS: tuple[tuple[str, dict[str, Any]], ...] = (
    *(("PNG", {}), ("JPEG", {"quality": 90}), ("WEBP", {"lossless": True}), ("BMP", {})),
    *(("GIF", {}), ("TIFF", {"compression": "tiff_lzw"}), ("TIFF", {}), ("JPEG2000", {})),
    *(("HEIF", {}), ("AVIF", {})),
)


def encoded() -> list[bytes]:
    """A small picture in every form, mode and depth that is read."""
    rng = np.random.default_rng(5)
    rgb = rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    mask = np.zeros(SIZE, np.uint8)
    mask[3:9, 2:7] = 255
    pictures = [Pillow.fromarray(rgb), Pillow.fromarray(mask), Pillow.fromarray(mask > 0)]
    pictures += [Pillow.fromarray(np.dstack([rgb, mask])), Pillow.fromarray(rgb).quantize(7)]
    pictures += [Pillow.fromarray(np.dstack([mask, mask]), "LA")]
    pictures += [Pillow.fromarray(mask.astype(np.uint16) * 257)]
    exif = Pillow.Exif()
    exif[0x0112] = 6
    found = []
    for picture in pictures:
        for form, options in FORMS:
            file = io.BytesIO()
            try:
                picture.save(file, form, exif=exif, **options)
            except (OSError, ValueError, KeyError, TypeError):  # a form without that mode
                continue
            found.append(file.getvalue())
    clear = io.BytesIO()
    pictures[4].save(clear, "PNG", transparency=0)
    deep = [
        cv2.imencode(suffix, rng.integers(0, 65536, (*SIZE, n), dtype=np.uint16))[1].tobytes()
        for suffix in (".png", ".tif")
        for n in (1, 3, 4)
    ]
    return [*found, clear.getvalue(), *deep]


def _photos(folder: Path) -> Ready:
    path = folder / "photo"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        photo = read_photo(path)
        assert (str(photo.dtype), photo.ndim, photo.shape[2]) == ("uint8", 3, 3)
        assert read_photo(path, drop_alpha=True).shape == photo.shape
        small = read_photo(path, least_px=4)
        assert max(small.shape[:2]) >= min(4, max(photo.shape[:2]))
        assert read_rgba(path).shape == (*photo.shape[:2], 4)
        has_alpha(path)

    return Ready(encoded(), only(read, PictureError))


def _levels(folder: Path) -> Ready:
    path = folder / "mask"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        levels, _ = read_levels(path)
        assert (str(levels.dtype), levels.ndim) == ("uint8", 2)

    return Ready(encoded(), only(read, PictureError))


def _mask_files(folder: Path) -> Ready:
    path = folder / "mask"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        for choice in (Choice("white", predicted=True), Choice("auto", soft="all")):
            found = mask_set([path], choice, "mask").levels(path)
            assert (str(found.dtype), found.ndim) == ("uint8", 2)

    return Ready(encoded(), only(read, PictureError, DatasetError))


def _answered(folder: Path) -> Ready:
    photo = np.zeros((20, 30, 3), np.uint8)

    def read(data: bytes) -> None:
        levels, _ = decode_mask(data)
        assert resize_to_photo(levels, photo).shape == (20, 30)

    return Ready(encoded(), only(read, NoMask))


def _mask_png(folder: Path) -> Ready:
    path = folder / "mask.png"

    def check(data: bytes) -> None:
        path.write_bytes(data)
        levels = read_mask_png(path)
        assert levels is None or (levels.dtype == np.uint8 and levels.ndim == 2)

    grays = [data for data in encoded() if data[1:4] == b"PNG"]
    return Ready([encode_mask(np.eye(*SIZE, dtype=np.uint8) * 255), *grays], check)


def _mask_round_trip(folder: Path) -> Ready:
    path = folder / "mask.png"

    def check(data: bytes) -> None:
        width = data[0] % 60 + 1
        height = max(1, len(data) // width)
        alpha = np.resize(np.frombuffer(data, np.uint8), (height, width))
        path.write_bytes(encode_mask(alpha))
        assert np.array_equal(np.asarray(read_mask_png(path)), alpha)
        assert np.array_equal(np.asarray(Pillow.open(path)), alpha)

    def check_any(data: bytes) -> None:
        check(data or b"\0")

    corpus = [bytes(range(256)) * 4, bytes([0, 255] * 300), bytes(700)]
    return Ready(corpus, check_any)


def _orientation(_: Path) -> Ready:
    def check(data: bytes) -> None:
        assert 1 <= orientation_in(data) <= 8
        upright, before = stored_upright(data)
        assert len(upright) == len(data)
        assert 1 <= before <= 8
        assert orientation_in(upright) == 1

    exif = Pillow.Exif()
    exif[0x0112], exif[0x010E] = 6, "x"
    block = exif.tobytes()
    big = b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x12\x01\x03\0\x01" + bytes(7)
    corpus: Sequence[bytes] = [block, block[6:], big + b"\x06" + bytes(15), *encoded()]
    return Ready(corpus, check)


def _png_chunks(folder: Path) -> Ready:
    path = folder / "photo.png"

    def check(data: bytes) -> None:
        path.write_bytes(data)
        bare = without_metadata(path)
        assert (bare is None) == (not data.startswith(b"\x89PNG\r\n\x1a\n"))

    return Ready([data for data in encoded() if data[1:4] == b"PNG"], check)


# A file of a kilobyte may be whole and state 178 megapixels, the most that are decoded.
LARGE_S = 20.0

TARGETS = (
    Target("photos", _photos, longest_s=LARGE_S),
    Target("masks by levels", _levels, longest_s=LARGE_S),
    Target("masks of a set", _mask_files, share=0.5, longest_s=LARGE_S),
    Target("masks in answers", _answered, longest_s=LARGE_S),
    Target("stored masks", _mask_png),
    Target("stored masks, round trip", _mask_round_trip, guided=True),
    Target("orientation", _orientation, share=2, guided=True),
    Target("PNG chunks", _png_chunks, guided=True),
)
