"""ultralytics' predictor as its users call it."""

from models.fastsam import FastSam


def library(segmenter: FastSam) -> tuple[object, str]:
    """FastSAMPredictor(photo_in_bgr), with its prompt set."""
    return segmenter, "_predictor"
