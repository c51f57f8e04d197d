"""Damaged metadata loses no photo that decodes; the orientation is read where it can be."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from datasets.decoding.orientation import orientation_in
from datasets.pictures import PictureError, read_photo
from tests.support.photos import photo

IMAGE, _ = photo()


def exif_block(order: str, *entries: bytes, header: bytes = b"Exif\0\0") -> bytes:
    """An EXIF block with these 12-byte entries in its first directory."""
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    return header + start + struct.pack(f"{order}H", len(entries)) + b"".join(entries) + bytes(4)


def entry(order: str, tag: int, kind: int, count: int, value: bytes) -> bytes:
    return struct.pack(f"{order}HHI", tag, kind, count) + value.ljust(4, b"\0")


TURNED = entry("<", 0x0112, 3, 1, struct.pack("<H", 6))
DAMAGED = {
    "rational of -1/0": exif_block("<", TURNED, entry("<", 0x011A, 10, 1, struct.pack("<I", 4000))),
    "no value": exif_block("<", TURNED, entry("<", 0x010F, 2, 9999, struct.pack("<I", 9000))),
    "a loop": exif_block("<", TURNED, entry("<", 0x8769, 4, 1, struct.pack("<I", 8))),
    "unknown type": exif_block("<", entry("<", 0x010F, 99, 7, b"xxxx"), TURNED),
    "more entries than there are": exif_block("<", TURNED)[:14] + b"\xff\xff" + TURNED,
    "two headers": exif_block("<", TURNED, header=b"Exif\0\0Exif\0\0"),
    "no header": exif_block("<", TURNED, header=b""),
    "big endian": exif_block(">", entry(">", 0x0112, 3, 1, struct.pack(">H", 6))),
    "orientation as long": exif_block("<", entry("<", 0x0112, 4, 1, struct.pack("<I", 6))),
}
UNREADABLE = {
    "empty": b"Exif\0\0",
    "garbage": b"Exif\0\0NOTATIFF" + bytes(range(60)),
    "cut off": exif_block("<", TURNED)[:18],
    "orientation 0": exif_block("<", entry("<", 0x0112, 3, 1, b"\0\0")),
    "orientation 9": exif_block("<", entry("<", 0x0112, 3, 1, b"\x09\0")),
    "orientation as text": exif_block("<", entry("<", 0x0112, 2, 2, b"6\0")),
}


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("block", DAMAGED.values(), ids=DAMAGED)
def test_orientation_is_read_from_damaged_exif(tmp_path: Path, block: bytes, suffix: str) -> None:
    if suffix == ".jpg" and not block.startswith(b"Exif"):
        block = b"Exif\0\0" + block  # else it is no EXIF in a JPEG
    stored = Pillow.fromarray(IMAGE).transpose(Pillow.Transpose.ROTATE_90)
    stored.save(tmp_path / f"a{suffix}", exif=block)
    assert np.abs(read_photo(tmp_path / f"a{suffix}").astype(int) - IMAGE).mean() < 3


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("block", UNREADABLE.values(), ids=UNREADABLE)
def test_without_readable_orientation_the_pixels_stay(
    tmp_path: Path, block: bytes, suffix: str
) -> None:
    Pillow.fromarray(IMAGE).save(tmp_path / f"a{suffix}", exif=block)
    assert np.abs(read_photo(tmp_path / f"a{suffix}").astype(int) - IMAGE).mean() < 3


@given(st.binary(max_size=80))
def test_any_bytes_are_an_orientation(block: bytes) -> None:
    assert orientation_in(b"II*\0\x08\0\0\0" + block) in range(1, 9)
    assert orientation_in(block) in range(1, 9)


def with_chunk(kind: bytes, content: bytes, checksum: int | None = None) -> bytes:
    """A PNG of ``IMAGE`` with one chunk more; ``checksum``: a wrong one."""
    buffer = io.BytesIO()
    Pillow.fromarray(IMAGE).save(buffer, "PNG")
    data = buffer.getvalue()
    right = zlib.crc32(kind + content)
    chunk = struct.pack(">I", len(content)) + kind + content
    chunk += struct.pack(">I", right if checksum is None else checksum)
    return data[:33] + chunk + data[33:]


@pytest.mark.parametrize(
    ("kind", "content", "checksum"),
    [
        (b"eXIf", b"NOTATIFF", None),
        (b"eXIf", b"II*\0\xff\xff\xff\xff", None),
        (b"eXIf", b"II*\0", 1),
        (b"eXIf", b"", None),
        (b"eXIf", b"MM\0*\0\0\0\x08\xff\xff", None),
        (b"tEXt", b"Raw profile type exif\0\nexif\n       8\nzzzz\n", None),
        (b"tEXt", b"Raw profile type exif\0\nexif\n       8\n49492\n", None),
        (b"tEXt", b"Raw profile type exif\0\nexif\n       999\n49492a00\n", None),
        (b"tEXt", b"Raw profile type exif\0", None),
        (b"tEXt", b"Raw profile type exif\0exif 8 49492a00ffffffff", None),
        (b"zTXt", b"Raw profile type exif\0\0not deflated", None),
        (b"zTXt", b"Comment\0\x07", None),
        (b"iCCP", b"profile\0\0not deflated", None),
        (b"iCCP", b"profile\0\0", 7),
        (b"pHYs", b"\0", 3),
        (b"iTXt", b"\xff\0\0\0\0\0", 9),
    ],
)
def test_damaged_chunks_of_a_png_lose_no_photo(
    tmp_path: Path, kind: bytes, content: bytes, checksum: int | None
) -> None:
    (tmp_path / "a.png").write_bytes(with_chunk(kind, content, checksum))
    assert (read_photo(tmp_path / "a.png") == IMAGE).all()


def test_orientation_survives_a_wrong_checksum(tmp_path: Path) -> None:
    block = exif_block("<", entry("<", 0x0112, 3, 1, struct.pack("<H", 3)), header=b"")
    (tmp_path / "a.png").write_bytes(with_chunk(b"eXIf", block, checksum=5))
    assert (read_photo(tmp_path / "a.png") == IMAGE[::-1, ::-1]).all()


def test_damaged_pixels_stay_an_error(tmp_path: Path) -> None:
    data = bytearray(with_chunk(b"pHYs", b"\0", 3))
    data[data.index(b"IDAT") + 30] ^= 0xFF
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(PictureError, match="cannot be read"):
        read_photo(tmp_path / "a.png")


def test_orientation_in_xmp_alone_is_ignored(tmp_path: Path) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="6"/></x:xmpmeta>'
    Pillow.fromarray(IMAGE).save(tmp_path / "a.jpg", xmp=xmp)
    assert read_photo(tmp_path / "a.jpg").shape == IMAGE.shape
