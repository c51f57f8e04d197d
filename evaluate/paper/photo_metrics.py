"""The paper metrics of one run's mask of one photo, computed again only where something changed.

A failed prediction counts as an empty mask. On an empty truth, where that would be correct, it is
measured against a full one. A photo that could not be read has no size, so it gets the worst value
of every bounded measure (MAE 1, the others 0) and none of HCE, distances and matting errors.

Void pixels are background in truth and mask alike, as in scoring.
"""

from dataclasses import asdict, dataclass

import numpy as np

from datasets.arrays import Alpha, Mask, to_mask
from datasets.caching import cache
from datasets.caching.file_hash import file_hash
from datasets.pictures import PictureError
from evaluate.metrics.paper.hce import hce
from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.matting import matting_errors, unknown_region
from evaluate.metrics.paper.outlines import DAVIS_SHARE, boundary_iou, outline_fit, tolerance_px
from evaluate.metrics.paper.overlap import iou_curve, overlap
from evaluate.metrics.paper.saliency import saliency
from evaluate.metrics.paper.skeleton import skeleton
from evaluate.metrics.paper.weighted_f import truth_field, weighted_f
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.paper_scores import OVERLAP, SALIENCY, STRETCHED, WITHIN
from evaluate.store.scores import Measuring

# Folders whose sources a result depends on.
PAPER_CODE = ("datasets", "evaluate/metrics", "evaluate/paper", "evaluate/store")
CURVE_NAMES = ("e", "f", "stretched_e", "stretched_f", "iou")
TOLERANCE_PIXELS = 3


@dataclass(frozen=True)
class PhotoMetrics:
    """``values`` by name and ``curves`` (256 numbers by threshold); empty where truth is unusable.

    The values that depend on all photos (``e_max``, ``f_max``) are not among them.
    """

    values: dict[str, float]
    curves: dict[str, list[float]]


def photo_metrics(opened: OpenedPhoto, measuring: Measuring) -> PhotoMetrics:
    """The stored metrics, if nothing that they depend on has changed since; else new ones.

    Raises:
        ReportsError: the mask is missing or damaged.
    """
    run, sample = opened.run, opened.sample
    assert run is not None  # noqa: S101 - it is of a run
    if opened.size is None:
        return _worst()

    def key() -> str:
        return cache.key_of(
            cache.code_key(*PAPER_CODE),
            file_hash(run.mask(sample.id)) if opened.predicted else None,
            opened.dataset.truth_key(sample),
            opened.size,
            sample.mm_per_px,
            measuring,
        )

    try:
        found = cache.remembered("paper", key, lambda: asdict(_measured(opened, measuring)))
    except PictureError:  # scoring reports it
        return PhotoMetrics({}, {})
    return PhotoMetrics(**found)


def _worst() -> PhotoMetrics:
    names = (*SALIENCY, *(STRETCHED + name for name in SALIENCY), *OVERLAP, *WITHIN)
    values = {name: float(name.endswith("mae")) for name in names if not name.endswith("max")}
    return PhotoMetrics(values, {name: [0.0] * 256 for name in CURVE_NAMES})


def _measured(opened: OpenedPhoto, measuring: Measuring) -> PhotoMetrics:
    truth, soft = opened.truth, _soft_truth(opened)
    alpha = opened.scored_alpha
    if alpha is None:
        alpha = np.zeros(truth.shape, np.uint8)
        truth = truth if truth.any() else np.ones_like(truth)
    found = _of_levels(alpha, truth, measuring.threshold)
    mask, scale = to_mask(alpha, measuring.threshold), opened.sample.mm_per_px
    found.values.update(_of_masks(mask, truth, scale, measuring.clearance_mm))
    if soft is not None:
        unknown = unknown_region(soft)
        found.values.update(matting_errors(alpha, soft).named())
        found.values.update(matting_errors(alpha, soft, unknown).named())
    return found


def _of_levels(alpha: Alpha, truth: Mask, threshold: int) -> PhotoMetrics:
    counts, field = level_counts(alpha, truth), truth_field(truth)
    values, curves = vars(overlap(counts, threshold)).copy(), {"iou": iou_curve(counts).tolist()}
    for prefix, stretched in (("", False), (STRETCHED, True)):
        found = saliency(counts, stretched=stretched)
        values |= {
            f"{prefix}mae": found.mae,
            f"{prefix}s": found.s,
            f"{prefix}e_mean": float(found.e_curve.mean()),
            f"{prefix}e_adaptive": found.e_adaptive,
            f"{prefix}f_mean": float(found.f_curve.mean()),
            f"{prefix}f_adaptive": found.f_adaptive,
            f"{prefix}weighted_f": weighted_f(alpha, counts, field, stretched=stretched),
        }
        curves |= {f"{prefix}e": found.e_curve.tolist(), f"{prefix}f": found.f_curve.tolist()}
    return PhotoMetrics(values, curves)


def _of_masks(
    mask: Mask, truth: Mask, mm_per_px: float | None, clearance_mm: float
) -> dict[str, float]:
    fit = outline_fit(mask, truth)
    values = {
        "boundary_iou": boundary_iou(mask, truth),
        "boundary_f_3px": fit.boundary_f(TOLERANCE_PIXELS),
        "boundary_f_diagonal": fit.boundary_f(tolerance_px(truth.shape, share=DAVIS_SHARE)),
        "hausdorff_px": fit.hausdorff_px,
        "hd95_px": fit.hd95_px,
        "assd_px": fit.assd_px,
        "hce": float(hce(mask, truth, skeleton(truth))),
    }
    if mm_per_px:
        tolerance = tolerance_px(truth.shape, mm=clearance_mm, mm_per_px=mm_per_px)
        values["boundary_f_clearance"] = fit.boundary_f(tolerance)
        values["surface_dice_clearance"] = fit.surface_dice(tolerance)
    return values


def _soft_truth(opened: OpenedPhoto) -> Alpha | None:
    """The truth's levels where it is soft and of the photo's size; None otherwise.

    Raises:
        PictureError: it is unreadable.
    """
    shape = opened.truth.shape
    levels = opened.dataset.levels(opened.sample, (shape[0], shape[1]))
    opened.dataset.expect_unchanged(opened.sample)
    if levels.shape != shape or not ((levels > 0) & (levels < 255)).any():
        return None
    return levels if opened.void is None else np.where(opened.void, np.uint8(0), levels)
