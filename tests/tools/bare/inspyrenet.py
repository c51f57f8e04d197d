"""transparent-background as its users call it."""

from models.inspyrenet import InSPyReNet


def library(segmenter: InSPyReNet) -> tuple[object, str]:
    """Remover.process(pillow_image, type="map")."""
    return segmenter._remover, "process"
