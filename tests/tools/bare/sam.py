"""ultralytics' predictor as its users call it."""

from models.sam import Sam


def library(segmenter: Sam) -> tuple[object, str]:
    """Predictor(photo_in_bgr, prompt)."""
    return segmenter, "_predictor"
