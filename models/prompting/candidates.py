"""The candidates of one photo as a file, so that selecting and judging need no inference.

JSON: the masks' ``size``, height and width, and for each its ``score`` and ``counts``, COCO's
run-length code as pycocotools writes it: of the outline of a tool in 12 megapixels some 10 kB.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from pycocotools import mask as coco

from datasets.arrays import Mask
from models.segmenter import Candidate


def write(path: Path, candidates: Iterable[Candidate]) -> int:
    """Write them to ``path``, whole on the disk before it returns; how many there were."""
    size: list[int] = []
    stored = []
    for candidate in candidates:
        size = list(candidate.mask.shape)
        counts = _encoded(candidate.mask)["counts"].decode("ascii")
        stored.append({"score": float(candidate.score), "counts": counts})
    with path.open("w", encoding="ascii") as file:
        json.dump({"size": size, "candidates": stored}, file)
        file.flush()
        os.fsync(file.fileno())
    return len(stored)


def read(path: Path) -> list[Candidate]:
    """What was written there.

    Raises:
        ValueError: it is missing or damaged.
    """
    scores, codes = _stored(path)
    return [
        Candidate(coco.decode(code).astype(bool), score)
        for score, code in zip(scores, codes, strict=True)
    ]


def overlaps(path: Path, truth: Mask) -> list[float]:
    """The IoU of each with ``truth`` (bool H×W), as ``evaluate.metrics.iou`` defines it.

    Raises:
        ValueError: the file is missing or damaged, or of another size.
    """
    _, codes = _stored(path)
    if not codes:
        return []
    if codes[0]["size"] != list(truth.shape):
        raise ValueError(f"{path}: of size {codes[0]['size']}, truth is {list(truth.shape)}")
    if not truth.any():  # pycocotools calls the IoU of two empty masks 0
        return [float(area == 0) for area in coco.area(codes)]
    return [float(iou) for iou in coco.iou(codes, [_encoded(truth)], [0])[:, 0]]


def _encoded(mask: Mask) -> dict[str, Any]:
    code: dict[str, Any] = coco.encode(np.asfortranarray(mask, np.uint8))
    return code


def _stored(path: Path) -> tuple[list[float], list[dict[str, Any]]]:
    """The scores and COCO's codes."""
    try:
        content = json.loads(path.read_bytes())
        size = [int(side) for side in content["size"]]
        scores = [float(one["score"]) for one in content["candidates"]]
        codes = [{"size": size, "counts": one["counts"].encode()} for one in content["candidates"]]
    except (OSError, KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"{path}: missing or damaged ({error!r})") from error
    return scores, codes
