"""ONNX Runtime alone."""

from models.onnx import Onnx


def library(segmenter: Onnx) -> tuple[object, str]:
    """session.run; all resizing counts as overhead."""
    return segmenter._session, "run"
