"""Photos of 16 bits a channel that hold 8, 10 or 12 bits are as bright as those of 8."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from datasets.dataset import Sample
from datasets.decoding.depth import narrow_bits
from datasets.listing.depth_notice import depth_notice
from datasets.pictures import PictureError, read_photo
from datasets.reading.mask_pixels import read_pixels
from datasets.truth import MaskFile
from tests.support.commands import Command
from tests.support.photos import make_folder, photo
from tests.support.runs import read_scores

IMAGE, MASK = photo()
WIDE = IMAGE.astype(np.uint16)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".jp2"])
@pytest.mark.parametrize("channels", ["gray", "rgb", "rgba"])
def test_photos_are_as_bright_as_in_8_bits(
    tmp_path: Path, bits: int, suffix: str, channels: str
) -> None:
    stored = (WIDE << (bits - 8)) + (WIDE >> (16 - bits))
    opaque = np.full(MASK.shape, (1 << bits) - 1, np.uint16)
    shapes = {"gray": stored[:, :, 0], "rgb": stored, "rgba": np.dstack([stored, opaque])}
    path = tmp_path / f"a{suffix}"
    assert cv2.imwrite(str(path), shapes[channels])
    read = read_photo(path).astype(int)
    assert np.abs(read - IMAGE).max() <= 2 * (suffix == ".jp2")  # which OpenCV writes with loss
    assert narrow_bits(path) == (None if bits == 16 else bits)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("pixels", ["gray 8", "gray 16", "rgb 16"])
@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("big", [False, True])
def test_turned_tiffs_are_upright(
    tmp_path: Path, orientation: int, pixels: str, bits: int, big: bool
) -> None:
    tifffile = pytest.importorskip("tifffile")
    wide = IMAGE if pixels == "gray 8" else (WIDE << (bits - 8)) + (WIDE >> (16 - bits))
    stored = stored_as(wide if pixels == "rgb 16" else wide[:, :, 0], orientation)
    kind = "rgb" if stored.ndim == 3 else "minisblack"
    tag = (274, "H", 1, orientation, True)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, stored, photometric=kind, bigtiff=big, extratags=[tag])
    assert (read_photo(path) == (IMAGE if stored.ndim == 3 else IMAGE[:, :, :1])).all()


def stored_as(upright: Any, orientation: int) -> Any:
    """The pixels that a file with this EXIF orientation holds."""
    if orientation >= 5:
        upright = upright.swapaxes(0, 1)
    if orientation in (2, 3, 7, 8):
        upright = upright[:, ::-1]
    if orientation in (3, 4, 6, 7):
        upright = upright[::-1]
    return np.ascontiguousarray(upright)


PLANAR: dict[str, dict[str, Any]] = {
    "plain": {},
    "big endian": {"byteorder": ">"},
    "BigTIFF": {"bigtiff": True},
    "deflated": {"compression": "zlib"},
    "strips": {"rowsperstrip": 16},
    "tiles": {"tile": (32, 32)},
    "alpha": {"extrasamples": ["unassalpha"]},
}


@pytest.mark.parametrize("deep", [True, False])
@pytest.mark.parametrize("kind", PLANAR)
def test_channels_that_are_stored_one_after_the_other(
    tmp_path: Path, kind: str, deep: bool
) -> None:
    """In 16 bits Pillow misreads them."""
    tifffile = pytest.importorskip("tifffile")
    pixels: Any = WIDE if deep else IMAGE
    if kind == "alpha":
        pixels = np.dstack([pixels, np.full_like(pixels[:, :, :1], np.iinfo(pixels.dtype).max)])
    path, planes = tmp_path / "a.tif", np.moveaxis(pixels, 2, 0).copy()
    options = {"photometric": "rgb", "planarconfig": "separate", **PLANAR[kind]}
    tifffile.imwrite(path, planes, **options)
    if not deep:
        assert (read_photo(path) == IMAGE).all()
        return
    for read in (read_photo, read_pixels):
        with pytest.raises(PictureError, match="one after the other: save it as PNG"):
            read(path)


def test_values_outside_16_bits_are_refused(tmp_path: Path) -> None:
    gray = IMAGE[:, :, 0].astype(np.int32)
    for name, values in {"b": gray - 60, "c": gray * 3000}.items():
        Pillow.fromarray(values).save(tmp_path / f"{name}.tif")
        with pytest.raises(PictureError, match="where 0 to 65535 can be read"):
            read_photo(tmp_path / f"{name}.tif")


def test_colours_keep_their_order(tmp_path: Path) -> None:
    colours = np.empty((20, 20, 3), np.uint16)
    colours[:] = (10, 90, 200)
    cv2.imwrite(str(tmp_path / "a.png"), colours[:, :, ::-1])
    assert (read_photo(tmp_path / "a.png") == (10, 90, 200)).all()


def test_photos_that_pillow_writes(tmp_path: Path) -> None:
    Pillow.fromarray(WIDE[:, :, 0] * 16).save(tmp_path / "a.tiff")
    assert (read_photo(tmp_path / "a.tiff") == IMAGE).all()


def test_32_bit_integers_are_read_likewise(tmp_path: Path) -> None:
    Pillow.fromarray(WIDE[:, :, 0].astype(np.int32)).save(tmp_path / "a.tif")
    assert (read_photo(tmp_path / "a.tif") == IMAGE).all()


def test_the_notice_counts_them(tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.png" for name in "abcde"]
    for path, shift in zip(paths, (0, 0, 4, 8), strict=False):
        cv2.imwrite(str(path), WIDE << shift)
    paths[4].write_bytes(b"no picture")
    paths += [tmp_path / "missing.png", tmp_path / "a.jpg"]
    samples = [Sample(path.stem, path, MaskFile(path)) for path in paths]
    told = depth_notice(samples)
    assert told is not None
    assert "2 of 8 bits, 1 of 12 bits" in told
    assert depth_notice(samples[3:]) is None


def test_the_table_says_so(command: Command, tmp_path: Path) -> None:
    root = make_folder(tmp_path / "photos", ["a", "b"])
    for name in "ab":
        image = cv2.imread(str(root / "images" / f"{name}.png"))
        assert image is not None
        cv2.imwrite(str(root / "images" / f"{name}.png"), image.astype(np.uint16))
    done = command("eval", "model=otsu", "dataset=folder", f"dataset.root={root}")
    assert done.returncode == 0, done.stderr
    assert "Photos in 16-bit files: 2 of 8 bits" in done.stderr
    assert set(read_scores(tmp_path / "reports/photos/runs/otsu").values()) == {("ok", "1.0")}
