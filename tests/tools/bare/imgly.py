"""ONNX Runtime alone: IMG.LY's own library is JavaScript."""

from models.imgly import Imgly


def library(segmenter: Imgly) -> tuple[object, str]:
    """session.run; all shrinking and growing counts as overhead."""
    return segmenter._session, "run"
