"""Compares a truth with the masks of good models.

Good models are the rows whose median IoU is at least ``GOOD_MEDIAN`` and within ``GOOD_BAND`` of
the best; of a model's rows with different steps only the best counts. If two or more of them agree
with each other and none agrees with the truth, the truth is suspect, unless the photo's edges
support its outline more than theirs where the outlines part: models miss a thin shaft alike. One
model suffices to find a shift or a missing piece, because neither would explain the disagreement by
chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from datasets.arrays import Alpha, Mask, to_mask
from evaluate.audit.finding import Case, Seen, direction
from evaluate.audit.lost_piece import lost_piece
from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.row import Row
from evaluate.metrics.edge_support import SUPPORT, correlation, disputed_support, reach_px
from evaluate.metrics.iou import iou
from evaluate.metrics.working_scale import View, shrunk_mask
from evaluate.store.masks.stored_masks import readable_alpha
from evaluate.store.run_folder import PredictionRecord, Run

# A median of 0.59 (SAM2 in the table) is useless, 0.87 (U2-Net) good. Wrong truths lower a
# good model's median.
GOOD_MEDIAN = 0.6
GOOD_BAND = 0.1  # weaker rows would only spoil the agreement of the better ones
AGREE, DISAGREE = 0.95, 0.7
SHIFT_GAIN = 0.05  # IoU gained by a shift; correct truths gain up to 0.04, by 1 or 2 working px
SHIFT_IOU = 0.7  # below this, even moved, model and truth show different things


def good_rows(comparison: Comparison) -> tuple[Row, ...]:
    """The best row of each good model, best first."""
    ranked = sorted((r for r in comparison.rows if r.has_quality), key=lambda r: -r.median)
    best = {row.model: row for row in reversed(ranked)}
    return tuple(
        row
        for row in ranked
        if row is best[row.model] and row.median >= max(GOOD_MEDIAN, ranked[0].median - GOOD_BAND)
    )


@dataclass(frozen=True)
class GoodRun:
    """A good model's run, with its label in the table and its photos' lines."""

    run: Run
    label: str
    records: Mapping[str, PredictionRecord]

    @classmethod
    def of(cls, run: Run, label: str) -> "GoodRun":
        """Read the lines."""
        return cls(run, label, run.predictions())

    def alpha(self, sample_id: str) -> Alpha | None:
        """The Alpha (uint8 H×W) of a photo; None if there is none, or if it is damaged."""
        record = self.records.get(sample_id)
        return None if record is None else readable_alpha(self.run, record)


@dataclass(frozen=True)
class ModelMask:
    """A good model's mask of one photo (bool, working scale), and the model's label."""

    label: str
    mask: Mask


def model_masks(
    runs: Sequence[GoodRun], sample_id: str, size: tuple[int, int], void: Mask | None = None
) -> list[ModelMask]:
    """The runs' masks of one photo; without missing ones and other sizes.

    ``size`` is the photo's (height, width). ``void`` pixels, which are not scored, are background.
    """
    masks = []
    for good in runs:
        alpha = good.alpha(sample_id)
        if alpha is not None and alpha.shape == size:
            mask = to_mask(alpha, good.run.scored_threshold)
            shrunk = shrunk_mask(mask if void is None else mask & ~void)
            masks.append(ModelMask(good.label, shrunk))
    return masks


def weigh(case: Case, seen: Seen, models: Sequence[ModelMask]) -> None:
    """Compare a truth with the good models' masks, best first."""
    if not models:
        return
    masks = [model.mask for model in models]
    truth = seen.view.truth
    agreement = min((iou(a, b) for a, b in combinations(masks, 2)), default=1.0)
    closest = max(iou(mask, truth) for mask in masks)
    case.measures.update(good_models=len(masks), model_iou=closest)
    if len(masks) > 1:
        case.measures["models_agreement"] = agreement
        if agreement > AGREE and closest < DISAGREE:
            _consensus(case, seen.view, models, agreement)
    _shift(case, seen, masks[0])
    piece = lost_piece(seen.view, masks[0])
    case.measures["model_continues_share"] = piece
    if piece:
        text = (
            "the best model's mask continues beyond the truth in a piece of "
            f"{100 * piece:.0f} % of its area; check whether that piece was erased"
        )
        case.add("model-lost-piece", "suspect", piece, text)


def _consensus(case: Case, view: View, models: Sequence[ModelMask], agreement: float) -> None:
    """Accuse a truth that good models contradict together, unless the photo's edges support it.

    Where the models have no outline of their own, as at the end of a shaft that they cut off, the
    truth's must have the support of a correct one.
    """
    ious = [iou(model.mask, view.truth) for model in models]
    own, theirs = _disputed(view, models)
    case.measures.update(
        disputed_truth_support="" if own is None else own,
        disputed_models_support="" if theirs is None else theirs,
    )
    truth_supported = own is not None and own > (SUPPORT if theirs is None else theirs)
    named = ", ".join(f"{m.label} {value:.2f}" for m, value in zip(models, ious, strict=True))
    contradicted = (
        f"{len(models)} good models agree with each other (IoU at least {agreement:.2f}) but not "
        f"with the truth ({named})"
    )
    edges = (
        f"edge support where their outlines part: truth {_support_text(own)}, models "
        f"{_support_text(theirs)}"
    )
    if truth_supported:
        text = f"{contradicted}; {edges}; the models probably err there"
        case.add("consensus", "note", max(ious), text)
    else:
        case.add("consensus", "suspect", max(ious), f"{contradicted}; {edges}; look at it")


def _disputed(view: View, models: Sequence[ModelMask]) -> tuple[float | None, float | None]:
    """The edge support of truth and models where their outlines part; None where one has none.

    The truth's is the least against any model, the models' the largest of any.
    """
    own = [disputed_support(view, view.truth, model.mask) for model in models]
    theirs = [disputed_support(view, model.mask, view.truth) for model in models]
    return (
        None if None in own else min(value for value in own if value is not None),
        max((value for value in theirs if value is not None), default=None),
    )


def _support_text(support: float | None) -> str:
    return "unknown (no outline of its own)" if support is None else f"{support:.2f}"


def _shift(case: Case, seen: Seen, model: Mask) -> None:
    before = iou(model, seen.view.truth)
    after, shift = _best_shift(seen.view, model)
    dx, dy = (round(d / seen.view.scale) for d in shift)
    case.measures.update(model_iou_moved=after, model_shift_x_px=dx, model_shift_y_px=dy)
    far = float(np.hypot(*shift)) > seen.view.slack_px
    # A model that includes a shadow is closer to a truth shifted into the shadow; that truth lies
    # on none of the photo's edges.
    on_edges = seen.fit is not None and seen.fit.moved(shift) >= seen.fit.support
    if far and on_edges and after - before >= SHIFT_GAIN and after >= SHIFT_IOU:
        case.mend_px = dx, dy
        text = (
            f"shifted {direction((dx, dy), seen.size)}, the truth has an IoU of {after:.2f} with "
            f"the best model instead of {before:.2f}; move it"
        )
        case.add("model-shift", "suspect", after - before, text)


def _best_shift(view: View, model: Mask) -> tuple[float, tuple[int, int]]:
    """The largest IoU of truth and model over all shifts (dx, dy) of the truth, and that shift.

    Exact; pixels shifted out of the picture do not count.
    """
    truth, predicted = view.truth.astype(np.float32), model.astype(np.float32)
    reach = reach_px(view)
    common = correlation(truth, predicted, reach)
    inside = correlation(truth, np.ones_like(truth), reach)
    overlap = common / np.maximum(inside + predicted.sum() - common, 1)
    y, x = np.unravel_index(int(overlap.argmax()), overlap.shape)
    return float(overlap[y, x]), (int(x) - reach, int(y) - reach)
