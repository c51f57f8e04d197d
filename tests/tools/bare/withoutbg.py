"""ONNX Runtime alone: the package withoutbg is no dependency."""

from models.withoutbg import WithoutBg


def library(segmenter: WithoutBg) -> tuple[object, str]:
    """session.run of the router and of one network; all resizing counts as overhead."""
    return segmenter, "_run"
