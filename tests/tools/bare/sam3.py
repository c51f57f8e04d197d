"""transformers as its users call it."""

from models.sam3 import Sam3


def library(segmenter: Sam3) -> tuple[object, str]:
    """processor(photo, text), Sam3Model and processor.post_process_instance_segmentation."""
    return segmenter, "_instances"
