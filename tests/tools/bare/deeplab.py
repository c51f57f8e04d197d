"""torchvision as its users call it."""

from models.deeplab import DeepLab


def library(segmenter: DeepLab) -> tuple[object, str]:
    """network(transforms(pillow_image)[None])."""
    return segmenter, "_classes"
