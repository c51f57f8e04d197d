"""Every kind of file a photo or a mask comes as."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image as Pillow

from datasets.pictures import PictureError, read_levels, read_photo, shrink_to
from tests.support.photos import photo

IMAGE, MASK = photo()
LEVELS = (MASK * 255).astype(np.uint8)


def save(path: Path, picture: Pillow.Image, **options: Any) -> Path:
    picture.save(path, **options)
    return path


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied_once(tmp_path: Path, orientation: int) -> None:
    turns = {
        2: Pillow.Transpose.FLIP_LEFT_RIGHT,
        3: Pillow.Transpose.ROTATE_180,
        4: Pillow.Transpose.FLIP_TOP_BOTTOM,
        5: Pillow.Transpose.TRANSPOSE,
        6: Pillow.Transpose.ROTATE_90,
        7: Pillow.Transpose.TRANSVERSE,
        8: Pillow.Transpose.ROTATE_270,
    }
    upright = Pillow.fromarray(IMAGE)
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    path = save(tmp_path / "a.png", stored, exif=exif)
    assert (read_photo(path) == IMAGE).all()


@pytest.mark.parametrize(
    ("name", "picture", "tolerance"),
    [
        ("a.png", Pillow.fromarray(IMAGE), 0),
        ("a.webp", Pillow.fromarray(IMAGE), 2),
        ("a.jpg", Pillow.fromarray(IMAGE), 2),
        ("gray.png", Pillow.fromarray(IMAGE[:, :, 0]), 0),
        ("cmyk.jpg", Pillow.fromarray(IMAGE).convert("CMYK"), 2),
        ("palette.png", Pillow.fromarray(IMAGE).quantize(4), 0),
        ("sixteen.png", Pillow.fromarray(IMAGE[:, :, 0].astype(np.uint16) * 257), 0),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_photos_of_every_kind_become_rgb(
    tmp_path: Path, name: str, picture: Pillow.Image, tolerance: int
) -> None:
    image = read_photo(save(tmp_path / name, picture))
    assert image.dtype == np.uint8
    assert image.shape == IMAGE.shape
    assert np.abs(image.astype(int) - IMAGE).mean() <= tolerance


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize(
    ("size", "least_px", "reduced"),
    [((400, 300), 100, 4), ((401, 299), 190, 2), ((400, 300), 250, 1), ((400, 300), 900, 1)],
)
def test_a_jpeg_is_decoded_smaller_but_not_too_small(
    tmp_path: Path, size: tuple[int, int], least_px: int, reduced: int, mode: str, orientation: int
) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    stored = Pillow.fromarray(IMAGE).resize(size).convert(mode)
    path = save(tmp_path / "a.jpg", stored, exif=exif, quality=95)
    whole, small = read_photo(path), read_photo(path, least_px=least_px)
    assert small.shape[:2] == tuple(-(-side // reduced) for side in whole.shape[:2])
    expected = shrink_to(whole, max(small.shape))
    assert np.abs(small.astype(int) - expected[: len(small)]).mean() < 3


def test_other_formats_are_decoded_whole(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", Pillow.fromarray(IMAGE))
    assert (read_photo(path, least_px=10) == IMAGE).all()


def test_heic_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(Pillow.fromarray(IMAGE)).save(path, quality=95)
    assert np.abs(read_photo(path).astype(int) - IMAGE).mean() < 3


def test_a_transparent_photo_lies_on_white(tmp_path: Path) -> None:
    rgba = np.dstack([np.zeros_like(IMAGE), np.zeros(IMAGE.shape[:2], np.uint8)])
    assert (read_photo(save(tmp_path / "a.png", Pillow.fromarray(rgba))) == 255).all()


@pytest.mark.parametrize(
    ("name", "picture"),
    [
        ("gray.png", Pillow.fromarray(LEVELS)),
        ("one-bit.png", Pillow.fromarray(MASK)),
        ("rgb.png", Pillow.fromarray(LEVELS).convert("RGB")),
        ("labels.png", Pillow.fromarray(MASK.astype(np.uint8))),
        ("sixteen.png", Pillow.fromarray(LEVELS.astype(np.uint16) * 257)),
        ("eight-in-sixteen.png", Pillow.fromarray(LEVELS.astype(np.uint16))),
        ("labels-in-sixteen.png", Pillow.fromarray(MASK.astype(np.uint16))),
        ("jpeg.jpg", Pillow.fromarray(LEVELS)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_masks_of_every_kind_become_levels(
    tmp_path: Path, name: str, picture: Pillow.Image
) -> None:
    levels, is_alpha = read_levels(save(tmp_path / name, picture))
    assert not is_alpha
    assert ((levels >= 128) == MASK).all()


@pytest.mark.parametrize("colour", [(255, 255, 255), (128, 0, 0), (64, 0, 0)])
def test_a_palette_is_read_by_colour_not_by_index(
    tmp_path: Path, colour: tuple[int, int, int]
) -> None:
    palette = Pillow.fromarray(np.where(MASK, 0, 1).astype(np.uint8)).convert("P")
    palette.putpalette([*colour, 0, 0, 0])  # index 0 is the tool
    levels, _ = read_levels(save(tmp_path / "a.png", palette))
    assert ((levels >= 128) == MASK).all()


def test_a_cut_out_is_its_alpha_channel(tmp_path: Path) -> None:
    cutout = Pillow.fromarray(np.dstack([IMAGE, LEVELS]))
    levels, is_alpha = read_levels(save(tmp_path / "a.png", cutout))
    assert is_alpha
    assert (levels == LEVELS).all()


def test_an_opaque_alpha_channel_says_nothing(tmp_path: Path) -> None:
    opaque = np.dstack([LEVELS, LEVELS, LEVELS, np.full_like(LEVELS, 255)])
    levels, is_alpha = read_levels(save(tmp_path / "a.png", Pillow.fromarray(opaque)))
    assert not is_alpha
    assert (levels == LEVELS).all()


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    jpeg = io.BytesIO()
    Pillow.fromarray(LEVELS).save(jpeg, "JPEG", quality=95)
    (tmp_path / "a.png").write_bytes(jpeg.getvalue())
    assert ((read_levels(tmp_path / "a.png")[0] >= 128) == MASK).all()


def test_float_pictures_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path / "a.tiff", Pillow.fromarray(IMAGE[:, :, 0].astype(np.float32)))
    with pytest.raises(PictureError, match=r"a\.tiff.*float.*save it with 8"):
        read_photo(path)
