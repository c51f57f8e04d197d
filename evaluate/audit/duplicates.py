"""Photos that are in a dataset twice, and truths used twice.

Each photo leaves a fingerprint of a few kilobytes, so a large set is compared without reading it
again: the bytes' hash, and a small picture of the photo and of its truth. Two photos are near
duplicates where their small pictures correlate, which survives another size, codec or brightness.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from datasets.dataset import Sample
from datasets.truth import file_hash
from evaluate.audit.finding import Case, Finding
from evaluate.metrics.working_scale import View

Vector: TypeAlias = npt.NDArray[np.float32]

SIDE_PX = 32
PHOTO_ALIKE = 0.95  # correlation; different photos of a series on one table reach 0.89
TRUTH_ALIKE = 0.98
BLOCK = 1024  # fingerprints compared at once


@dataclass(frozen=True)
class Fingerprint:
    """``photo`` and ``truth`` are unit vectors of mean 0, all 0 where there is nothing to see."""

    id: str
    file: str
    photo: Vector
    truth: Vector


def fingerprint(sample: Sample, view: View) -> Fingerprint:
    """Take a photo's fingerprint."""
    gray = cv2.cvtColor(view.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    small = _small(gray)
    detail = small - cv2.GaussianBlur(small, (0, 0), SIDE_PX / 8)  # light is not the subject
    truth = _small(view.truth.astype(np.float32))
    return Fingerprint(sample.id, file_hash(sample.image_path), _unit(detail), _unit(truth))


def report_duplicates(cases: dict[str, Case], prints: Sequence[Fingerprint]) -> None:
    """Add what is found to the cases of both photos of a pair, to each case the first of a kind."""
    for a, b, photos_alike, truths_alike in _pairs(prints):
        for one, other in ((a, b), (b, a)):
            found, case = _finding(one, other, photos_alike, truths_alike), cases[one.id]
            if found.kind not in {finding.kind for finding in case.findings}:
                case.measures[f"{found.kind.replace('-', '_')}_of"] = other.id
                case.findings.append(found)


def _finding(
    one: Fingerprint, other: Fingerprint, photos_alike: float, truths_alike: float
) -> Finding:
    if photos_alike < PHOTO_ALIKE:
        text = f"the same truth as {other.id}, another photo; see that it was not copied"
        return Finding("same-truth", "note", truths_alike, text)
    same = f"the same {'file' if one.file == other.file else 'picture'} as {other.id}"
    if truths_alike < TRUTH_ALIKE:
        text = f"{same} with another truth; at most one of the two is right"
        return Finding("other-truth", "suspect", truths_alike, text)
    return Finding("duplicate", "note", photos_alike, f"{same}; it counts twice, remove one")


def _pairs(
    prints: Sequence[Fingerprint],
) -> Iterator[tuple[Fingerprint, Fingerprint, float, float]]:
    """Pairs alike in photo or truth, with both correlations."""
    if not prints:
        return
    photos, truths = np.stack([p.photo for p in prints]), np.stack([p.truth for p in prints])
    for first in range(0, len(prints), BLOCK):
        block = slice(first, first + BLOCK)
        photo_alike, truth_alike = photos[block] @ photos.T, truths[block] @ truths.T
        alike = (photo_alike >= PHOTO_ALIKE) | (truth_alike >= TRUTH_ALIKE)
        for i, j in np.argwhere(np.triu(alike, first + 1)):
            yield prints[first + i], prints[j], float(photo_alike[i, j]), float(truth_alike[i, j])


def _small(plane: Vector) -> Vector:
    small = cv2.resize(plane, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32, copy=False)


def _unit(small: Vector) -> Vector:
    vector = (small - small.mean()).ravel()
    length = float(np.linalg.norm(vector))
    return vector / length if length > 1e-3 else np.zeros_like(vector)
