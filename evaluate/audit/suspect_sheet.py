"""The contact sheet of an audit: each suspect photo with its truth and what contradicts it.

Outlines: green is the truth, and the truth shifted to where it fits; blue the best model's mask,
magenta the second model's where both contradict the truth.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from datasets.arrays import Image, Mask
from datasets.dataset import Dataset, Sample
from datasets.pictures import PictureError
from evaluate.audit.finding import Case
from evaluate.audit.model_consensus import GoodRun, model_masks
from evaluate.audit.stage import Audit
from evaluate.display.contact_sheet import Card, sheet, tile, window
from evaluate.display.palette import MASK, SECOND_MASK, TRUTH
from evaluate.metrics.working_scale import View, view


def suspect_sheet(audit: Audit) -> bytes:
    """The contact sheet as a JPEG, worst photo first."""
    return sheet(
        [
            Card(
                case.id,
                [f"{finding.kind}: {finding.text}" for finding in case.suspects],
                _tiles(audit.dataset, case, sample, audit.good_runs),
            )
            for case, sample in audit.worst
        ]
    )


def _tiles(
    dataset: Dataset, case: Case, sample: Sample, good: Sequence[GoodRun]
) -> list[tuple[str, Image]]:
    """Captions and pictures; fewer if the photo or the truth cannot be read."""
    try:
        photo = sample.photo()
    except PictureError:
        return []
    size = (photo.shape[0], photo.shape[1])
    try:
        truth, _ = dataset.truth(sample, size)
    except PictureError:
        seen = view(photo, np.zeros(size, np.bool_))
        return [("photo", tile(seen, window([seen.truth])))]
    seen = view(photo, truth)
    outlined = [("truth", seen.truth, TRUTH)]
    if case.mend_px:
        outlined.append(("truth, shifted", _moved(seen, case.mend_px), TRUTH))
    accusing = any(finding.kind == "consensus" for finding in case.suspects)
    shown = model_masks(good, sample.id, size)[: 2 if accusing else 1]
    outlined += [
        (m.label, m.mask, colour) for m, colour in zip(shown, (MASK, SECOND_MASK), strict=False)
    ]
    part = window([mask for _, mask, _ in outlined])
    tiles = [(caption, tile(seen, part, (mask, colour))) for caption, mask, colour in outlined]
    return [("photo", tile(seen, part)), *tiles]


def _moved(seen: View, mend_px: tuple[int, int]) -> Mask:
    dx, dy = (d * seen.scale for d in mend_px)
    height, width = seen.truth.shape
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(seen.truth.astype(np.uint8), move, (width, height)) > 0
