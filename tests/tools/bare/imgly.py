"""ONNX Runtime alone: IMG.LY's own library is JavaScript."""

from models.imgly import Imgly


def library(segmenter: Imgly) -> tuple[object, str]:
    """session.run; all resizing counts as overhead."""
    return segmenter._session, "run"
