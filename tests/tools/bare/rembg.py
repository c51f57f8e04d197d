"""rembg as its users call it."""

from models.rembg import Rembg


def library(segmenter: Rembg) -> tuple[object, str]:
    """rembg.remove(array, session=…, only_mask=True)."""
    return segmenter, "_remove"
