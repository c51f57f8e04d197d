"""carvekit's network as its users call it."""

from models.carvekit import CarveKit


def library(segmenter: CarveKit) -> tuple[object, str]:
    """network([pillow_image])."""
    return segmenter, "_network"
