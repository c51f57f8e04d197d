"""Finds duplicate photos, and truths that are used for two photos.

Each photo gets a fingerprint of a few kilobytes: the hash of its file, and small versions of the
photo and of its truth. So a large dataset is compared without reading it again. Two photos are near
duplicates if their small versions correlate, which a change of size, codec or brightness preserves.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from datasets.caching.file_hash import file_hash
from datasets.dataset import Sample
from evaluate.audit.finding import Case, Finding
from evaluate.metrics.working_scale import View

Vector: TypeAlias = npt.NDArray[np.float32]

SIDE_PX = 32
PHOTO_ALIKE = 0.95  # correlation; different photos on one table reach 0.89
TRUTH_ALIKE = 0.98
BLOCK = 1024  # fingerprints compared at once, to bound memory


@dataclass(frozen=True)
class Fingerprint:
    """``photo`` and ``truth`` are unit vectors of mean 0; all 0 for a constant picture."""

    id: str
    file: str
    photo: Vector
    truth: Vector


def fingerprint(sample: Sample, view: View) -> Fingerprint:
    """The fingerprint of a photo and its truth, given at working scale."""
    gray = cv2.cvtColor(view.image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    small = _small(gray)
    detail = small - cv2.GaussianBlur(small, (0, 0), SIDE_PX / 8)  # removes the lighting
    truth = _small(view.truth.astype(np.float32))
    return Fingerprint(sample.id, file_hash(sample.image_path), _unit(detail), _unit(truth))


def report_duplicates(cases: dict[str, Case], prints: Sequence[Fingerprint]) -> None:
    """Add findings to the cases of both photos of each pair; a case gets one finding per kind."""
    for a, b, photos_alike, truths_alike in _pairs(prints):
        for first, other in ((a, b), (b, a)):
            new, case = _finding(first, other, photos_alike, truths_alike), cases[first.id]
            if new.kind not in {finding.kind for finding in case.findings}:
                case.measures[f"{new.kind.replace('-', '_')}_of"] = other.id
                case.findings.append(new)


def _finding(
    first: Fingerprint, other: Fingerprint, photos_alike: float, truths_alike: float
) -> Finding:
    if photos_alike < PHOTO_ALIKE:
        text = f"the same truth as {other.id}, another photo; check that it was not copied"
        return Finding("same-truth", "note", truths_alike, text)
    same = f"the same {'file' if first.file == other.file else 'picture'} as {other.id}"
    if truths_alike < TRUTH_ALIKE:
        text = f"{same} with another truth; at most one of the two is correct"
        return Finding("other-truth", "suspect", truths_alike, text)
    return Finding("duplicate", "note", photos_alike, f"{same}; it counts twice, so remove one")


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
