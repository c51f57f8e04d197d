"""carvekit's network as its users call it."""

from models.carvekit import Carve


def library(segmenter: Carve) -> tuple[object, str]:
    """network([pillow_image])."""
    return segmenter, "_network"
