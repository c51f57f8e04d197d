"""How coarsely an image file stores gray levels: exactly, or with loss as a JPEG does."""

from pathlib import Path

from PIL import Image as Pillow

PNG = b"\x89PNG"
TRANSFORM = b"\xff\x52"  # JPEG 2000: the marker COD (ISO 15444-1, annex A.6.1)
UNKNOWN_LOSS = 16  # a step as coarse as that of a JPEG of quality 50
LOSSY = {"AVIF", "HEIF", "MPO"}
LOSSY_TIFF = {"jpeg", "webp", "old-jpeg"}


def loss_of(path: Path) -> int:
    """The step in which the file stores the levels of flat areas (of 255, times 8); 0: exactly.

    A file that cannot be opened is taken as exact: reading it says what is wrong.
    """
    with path.open("rb") as file:
        head = file.read(64)
        if head.startswith(PNG):
            return 0
        if head.startswith(b"RIFF"):
            return 0 if b"VP8L" in head else UNKNOWN_LOSS
    try:
        with Pillow.open(path) as picture:
            return _loss(picture, path)
    except Exception:  # whatever a decoder raises
        return 0


def _loss(picture: Pillow.Image, path: Path) -> int:
    if tables := getattr(picture, "quantization", None):
        return int(tables[min(tables)][0])
    if picture.format == "JPEG2000":
        data = path.read_bytes()
        at = data.find(TRANSFORM)
        return UNKNOWN_LOSS if at >= 0 and data[at + 13 : at + 14] == b"\0" else 0
    if picture.format == "TIFF":
        return UNKNOWN_LOSS * (picture.info.get("compression") in LOSSY_TIFF)
    return UNKNOWN_LOSS * (picture.format in LOSSY)
