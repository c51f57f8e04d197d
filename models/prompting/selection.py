"""Rules that select one of a model's candidate masks. A rule rates a candidate.

The candidate with the highest rating is selected, the first of a tie; None rejects a candidate.

score    the model's own score: for prompts that ask for one object
largest  the area, of candidates that neither touch the photo's border nor cover more than 80 % of
         it, as the table and the sheet of paper do
compact  .50 compactness + .25 centrality + .15 area + .10 distance from the border; a compactness
         under .15 is rejected. These weights circulate for FastSAM without definitions, so the
         terms are our own. The rule rejects long thin tools.
"""

import math
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from datasets.arrays import Mask
from models.segmenter import Candidate, NoMask, Unavailable

LARGEST_SHARE = 0.8
LEAST_COMPACTNESS = 0.15


def select(candidates: Sequence[Candidate], rule: str) -> Candidate:
    """The candidate that ``rule`` rates highest.

    Raises:
        NoMask: there are no candidates, or the rule rejects all; the exception carries them.
    """
    ratings = [(RULES[rule](candidate), candidate) for candidate in candidates]
    kept = [(rating, candidate) for rating, candidate in ratings if rating is not None]
    if not kept:
        reason = f"select={rule} rejected all {len(candidates)}" if candidates else "no"
        raise NoMask(f"{reason} candidates", candidates=candidates)
    return max(kept, key=lambda pair: pair[0])[1]


def checked_rule(rule: str) -> str:
    """``rule``, if it is known.

    Raises:
        Unavailable: it is not.
    """
    if rule not in RULES:
        raise Unavailable(f"model.select={rule}: use {', '.join(RULES)}")
    return rule


def score(candidate: Candidate) -> float | None:
    """The model's own score."""
    return candidate.score


def largest(candidate: Candidate) -> float | None:
    """The share of the photo; None at the photo's border and above 80 %."""
    mask = candidate.mask
    if mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any():
        return None
    share = _share(mask)
    return share if 0 < share <= LARGEST_SHARE else None


def compact(candidate: Candidate) -> float | None:
    """Round, central, large and far from the border; each term from 0 to 1."""
    mask = candidate.mask
    compactness = _compactness(mask)
    if compactness < LEAST_COMPACTNESS:
        return None
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    offset_px = math.hypot(
        moments["m10"] / moments["m00"] - (width - 1) / 2,
        moments["m01"] / moments["m00"] - (height - 1) / 2,
    )
    border_px = min(rows[0], columns[0], height - 1 - rows[-1], width - 1 - columns[-1])
    rating: float = (
        0.50 * compactness
        + 0.25 * (1 - offset_px / (math.hypot(height, width) / 2))
        + 0.15 * _share(mask)
        + 0.10 * border_px / (min(height, width) / 2)
    )
    return rating


def _share(mask: Mask) -> float:
    """The share of the photo; counting is ten times as fast as the mean at 20 megapixels."""
    return np.count_nonzero(mask) / mask.size


def _compactness(mask: Mask) -> float:
    """4π area / perimeter²: 1 for a disc (0.9 in pixels), less for other shapes, 0 if empty."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    perimeter = sum(cv2.arcLength(outline, True) for outline in outlines)
    return min(1.0, 4 * math.pi * np.count_nonzero(mask) / perimeter**2) if perimeter else 0.0


RULES: dict[str, Callable[[Candidate], float | None]] = {
    "score": score,
    "largest": largest,
    "compact": compact,
}
