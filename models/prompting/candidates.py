"""Store one photo's candidate masks, so that they can be selected and scored without inference.

The file is JSON: ``size`` (height and width of the masks), and for each candidate its ``score`` and
``counts``, the COCO run-length code that pycocotools writes: about 10 kB for a tool in 12
megapixels.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from pycocotools import mask as coco

from datasets.arrays import Mask
from datasets.decoding.run_lengths import RunLengths, checked, checked_size, encode
from models.segmenter import Candidate

# What a JSON file of another shape leads to.
_DAMAGED = (
    OSError,
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)


class HasBytes(Protocol):
    """A file, or a part of one; as text it is the place that an error names."""

    def read_bytes(self) -> bytes:
        """All of its bytes."""


def write_candidates(path: Path, candidates: Iterable[Candidate]) -> int:
    """Write ``candidates`` to ``path``; return their number."""
    size: list[int] = []
    stored = []
    for candidate in candidates:
        size = list(candidate.mask.shape)
        counts = encode(candidate.mask)["counts"].decode("ascii")
        stored.append({"score": float(candidate.score), "counts": counts})
    with path.open("w", encoding="ascii") as file:
        json.dump({"size": size, "candidates": stored}, file)
    return len(stored)


def read_candidates(path: HasBytes) -> list[Candidate]:
    """The candidates stored in ``path``.

    Raises:
        ValueError: the file is missing or damaged.
    """
    scores, codes = _stored(path)
    return [
        Candidate(coco.decode(code).astype(bool), score)
        for score, code in zip(scores, codes, strict=True)
    ]


def candidate_ious(path: HasBytes, truth: Mask) -> list[float]:
    """Each candidate's IoU with ``truth`` (bool H×W), as ``evaluate.metrics.iou`` defines it.

    Raises:
        ValueError: the file is missing or damaged, or its masks have another size.
    """
    _, codes = _stored(path)
    if not codes:
        return []
    if codes[0]["size"] != list(truth.shape):
        raise ValueError(
            f"{path}: masks of size {codes[0]['size']}, ground truth {list(truth.shape)}"
        )
    if not truth.any():  # pycocotools calls the IoU of two empty masks 0
        return [float(area == 0) for area in coco.area(codes)]
    return [float(iou) for iou in coco.iou(codes, [encode(truth)], [0])[:, 0]]


def _stored(path: HasBytes) -> tuple[list[float], list[RunLengths]]:
    """The scores and the COCO run-length codes, checked before pycocotools decodes them."""
    try:
        content = json.loads(path.read_bytes())
        stored = content["candidates"]
        size = checked_size(content["size"]) if stored else (0, 0)
        scores = [float(one["score"]) for one in stored]
        codes = [checked(one["counts"], size) for one in stored]
    except _DAMAGED as error:
        raise ValueError(f"{path}: missing or damaged ({error!r})") from error
    return scores, codes
