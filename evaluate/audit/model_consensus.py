"""What good models say of a truth.

Good models are the rows whose median IoU is at least ``GOOD_MEDIAN`` and within ``GOOD_BAND`` of
the best; a model has one voice, with and without steps around it. Where two or more of them agree
with each other and none with the truth, the truth is suspect. One of them is enough to find a
shift, or a piece that the truth lacks, since both mend the disagreement in a way that chance does
not.
"""

from collections.abc import Sequence
from itertools import combinations

import cv2
import numpy as np

from datasets.arrays import Mask, to_mask
from evaluate.audit.finding import Case, Seen, direction
from evaluate.audit.lost_piece import lost_piece
from evaluate.compare.comparison import Comparison
from evaluate.compare.row import Row
from evaluate.metrics.edge_support import correlation, reach_px
from evaluate.metrics.iou import iou
from evaluate.metrics.working_scale import View, shrunk_mask
from evaluate.store.run_folder import Run

# In the table SAM2 has 0.59 and is of no use, U2-Net 0.87; a set with some wrong truths
# pulls a good model down.
GOOD_MEDIAN = 0.6
GOOD_BAND = 0.1  # a weaker row would only break the agreement of the better ones
AGREE, DISAGREE = 0.95, 0.7
SHIFT_GAIN = 0.05  # right truths gain up to 0.04, by a step or two
SHIFT_IOU = 0.7  # below this, even moved, model and truth show different things


def good_rows(comparison: Comparison) -> tuple[Row, ...]:
    """The good models' rows, best first, each model's best."""
    ranked = sorted((r for r in comparison.rows if r.has_quality), key=lambda r: -r.median)
    best = {row.model: row for row in reversed(ranked)}
    return tuple(
        row
        for row in ranked
        if row is best[row.model] and row.median >= max(GOOD_MEDIAN, ranked[0].median - GOOD_BAND)
    )


def predictions(
    runs: Sequence[Run], sample_id: str, size: tuple[int, int], void: Mask | None = None
) -> list[Mask]:
    """The runs' masks of one photo (bool, working scale), those of its ``size`` that were made.

    ``void`` pixels, which are not scored, are background in them as in the truth.
    """
    masks = []
    for path in (run.mask(sample_id) for run in runs):
        encoded = np.fromfile(path, np.uint8) if path.is_file() else np.empty(0, np.uint8)
        alpha = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE) if encoded.size else None
        if alpha is not None and alpha.shape == size:
            mask = to_mask(alpha.astype(np.uint8, copy=False))
            masks.append(shrunk_mask(mask if void is None else mask & ~void))
    return masks


def weigh(case: Case, seen: Seen, masks: Sequence[Mask]) -> None:
    """Add to a case what the good models' masks, best first, say of its truth."""
    if not masks:
        return
    truth = seen.view.truth
    agreement = min((iou(a, b) for a, b in combinations(masks, 2)), default=1.0)
    closest = max(iou(mask, truth) for mask in masks)
    case.measures.update(good_models=len(masks), model_iou=closest)
    if len(masks) > 1:
        case.measures["models_agreement"] = agreement
        if agreement > AGREE and closest < DISAGREE:
            text = (
                f"{len(masks)} good models agree with each other (IoU at least {agreement:.2f}) "
                f"and not with the truth (at most {closest:.2f}); trace it again"
            )
            case.add("consensus", "suspect", closest, text)
    _shift(case, seen, masks[0])
    piece = lost_piece(seen.view, masks[0])
    case.measures["model_continues_share"] = piece
    if piece:
        text = (
            "the best model's mask goes on where the truth stops, in a piece of "
            f"{100 * piece:.0f} % of its area; look whether that was erased"
        )
        case.add("model-lost-piece", "suspect", piece, text)


def _shift(case: Case, seen: Seen, model: Mask) -> None:
    before = iou(model, seen.view.truth)
    after, shift = _best_shift(seen.view, model)
    dx, dy = (round(d / seen.view.scale) for d in shift)
    case.measures.update(model_iou_moved=after, model_shift_x_px=dx, model_shift_y_px=dy)
    far = float(np.hypot(*shift)) > seen.view.slack_px
    # A model that takes a shadow for tool is nearer to a truth pushed into the shadow, where the
    # photo has no edge for it.
    on_edges = seen.fit is not None and seen.fit.moved(shift) >= seen.fit.support
    if far and on_edges and after - before >= SHIFT_GAIN and after >= SHIFT_IOU:
        case.mend_px = dx, dy
        text = (
            f"moved {direction((dx, dy), seen.size)}, the truth has an IoU of {after:.2f} with the "
            f"best model instead of {before:.2f}; move it"
        )
        case.add("model-shift", "suspect", after - before, text)


def _best_shift(view: View, model: Mask) -> tuple[float, tuple[int, int]]:
    """The IoU of truth and model at the shift (dx, dy) of the truth where it is largest.

    Exact over all shifts; what leaves the picture no longer counts.
    """
    truth, found = view.truth.astype(np.float32), model.astype(np.float32)
    reach = reach_px(view)
    common = correlation(truth, found, reach)
    inside = correlation(truth, np.ones_like(truth), reach)
    overlap = common / np.maximum(inside + found.sum() - common, 1)
    y, x = np.unravel_index(int(overlap.argmax()), overlap.shape)
    return float(overlap[y, x]), (int(x) - reach, int(y) - reach)
