"""Whom the audit believes about thin parts: ``python -m tests.evaluate.audit.thin_parts ROOT…``.

ROOT has ``images/`` and correct ``masks/``. Thin parts are erased from each mask that has enough of
them. Two models that miss these parts contradict the correct truth, which must not be accused; and
two correct models contradict the truth that lost them, which must be. Prints how many were.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from datasets.arrays import Mask
from datasets.folder import load
from evaluate.audit.finding import Case, Seen
from evaluate.audit.model_consensus import DISAGREE, ModelMask, weigh
from evaluate.metrics.edge_support import fit_edges
from evaluate.metrics.iou import iou
from evaluate.metrics.working_scale import View, view

TRIED = 25  # widths below which parts are erased
LEAST = 0.4  # IoU of what remains: with less, a model would not be a good one


def without_thin_parts(mask: Mask) -> Mask | None:
    """Without its thin parts, so that good models would contradict it; None if it has too few."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    for radius in np.linspace(1.5, depth.max(), TRIED, endpoint=False):
        core = (depth <= radius).astype(np.uint8)
        rest: Mask = (cv2.distanceTransform(core, cv2.DIST_L2, 5) <= radius + 1) & mask
        if LEAST <= iou(rest, mask) < DISAGREE:
            return rest
    return None


def accused(photo: View, truth: Mask, model: Mask) -> bool:
    """Whether two models with the same mask make the truth suspect by consensus."""
    here, case = View(photo.image, truth, photo.scale), Case("photo")
    seen = Seen(here, fit_edges(here), (truth.shape[0], truth.shape[1]))
    weigh(case, seen, [ModelMask("One", model), ModelMask("Two", model)])
    return any(finding.kind == "consensus" for finding in case.suspects)


def main(root: Path) -> None:
    """Print the counts of one folder."""
    found, dataset = [], load(str(root), root.name, "auto")
    for sample in dataset.samples:
        photo = sample.photo()
        truth, _ = dataset.truth(sample, (photo.shape[0], photo.shape[1]))
        seen = view(photo, truth)
        if (rest := without_thin_parts(seen.truth)) is not None:
            found.append((accused(seen, seen.truth, rest), accused(seen, rest, seen.truth)))
    correct, wrong = (sum(column) for column in zip(*found, strict=True))
    print(
        f"{root}: {len(found)} of {len(dataset.samples)} photos have thin parts; accused: "
        f"{correct} correct truths, {wrong} that lost them"
    )


if __name__ == "__main__":
    for word in sys.argv[1:]:
        main(Path(word))
