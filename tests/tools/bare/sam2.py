"""ultralytics' predictor as its users call it."""

from models.sam2 import Sam2


def library(segmenter: Sam2) -> tuple[object, str]:
    """SAM2Predictor(photo_in_bgr, prompt)."""
    return segmenter, "_predictor"
