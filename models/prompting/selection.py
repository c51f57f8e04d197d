"""Which of a model's candidates is the tool. A rule is a function from a candidate to its worth.

The worthiest is selected, the first of equals; a rule says None of what it turns down.

score    what the model itself holds best: it was asked for one thing
largest  the largest that neither touches the photo's border nor covers more than 80 % of it, as
         the table and the sheet of paper do
compact  .50 compactness + .25 centrality + .15 area + .10 distance from the border, nothing of a
         compactness under .15: weights that are handed around for FastSAM without definitions, so
         the terms are ours. Long thin tools are turned down by it.
"""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from datasets.arrays import Mask
from models.segmenter import Candidate, NoMask, Unavailable

LARGEST_SHARE = 0.8
LEAST_COMPACT = 0.15


def select(candidates: Sequence[Candidate], rule: str) -> Candidate:
    """The worthiest by the rule of that name.

    Raises:
        NoMask: there is none, or the rule turns all down; the candidates go with it.
    """
    worths = [(RULES[rule](candidate), candidate) for candidate in candidates]
    kept = [(worth, candidate) for worth, candidate in worths if worth is not None]
    if not kept:
        reason = f"select={rule} turned down all {len(candidates)}" if candidates else "no"
        raise NoMask(f"{reason} candidates", candidates=candidates)
    return max(kept, key=lambda pair: pair[0])[1]


def checked_rule(rule: str) -> str:
    """``rule``, if there is one of that name.

    Raises:
        Unavailable: there is none.
    """
    if rule not in RULES:
        raise Unavailable(f"model.select={rule}: use {', '.join(RULES)}")
    return rule


def score(candidate: Candidate) -> float | None:
    """What the model says."""
    return candidate.score


def largest(candidate: Candidate) -> float | None:
    """Its share of the photo."""
    mask = candidate.mask
    if mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any():
        return None
    share = _share(mask)
    return share if 0 < share <= LARGEST_SHARE else None


def compact(candidate: Candidate) -> float | None:
    """Round, central, large and far from the border; each term from 0 to 1."""
    mask = candidate.mask
    roundness = _compactness(mask)
    if roundness < LEAST_COMPACT:
        return None
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    aside = math.hypot(
        moments["m10"] / moments["m00"] - (width - 1) / 2,
        moments["m01"] / moments["m00"] - (height - 1) / 2,
    )
    gap = min(rows[0], columns[0], height - 1 - rows[-1], width - 1 - columns[-1])
    worth: float = (
        0.50 * roundness
        + 0.25 * (1 - aside / (math.hypot(height, width) / 2))
        + 0.15 * _share(mask)
        + 0.10 * gap / (min(height, width) / 2)
    )
    return worth


def _share(mask: Mask) -> float:
    """Of the photo; counted, as the mean of 20 million truths takes ten times as long."""
    return np.count_nonzero(mask) / mask.size


def _compactness(mask: Mask) -> float:
    """4π area / perimeter²: 1 for a disc (of pixels 0.9), less for anything else, 0 for nothing."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    perimeter = sum(cv2.arcLength(outline, True) for outline in outlines)
    return min(1.0, 4 * math.pi * np.count_nonzero(mask) / perimeter**2) if perimeter else 0.0


RULES: dict[str, Callable[[Candidate], float | None]] = {
    "score": score,
    "largest": largest,
    "compact": compact,
}
