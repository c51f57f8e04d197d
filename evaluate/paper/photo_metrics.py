"""The paper metrics of all rows' masks of one photo, computed again only where something changed.

A failed prediction counts as an empty mask. On an empty truth, where that would be correct, it is
measured against a full one. A photo that could not be read has no size, so it gets the worst value
of every bounded measure (MAE 1, the others 0) and none of HCE, distances and matting errors.

Void pixels are background in truth and mask alike, as in scoring.
"""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from datasets.arrays import Alpha, Mask, to_mask
from datasets.caching import cache
from datasets.pictures import PictureError
from evaluate.errors import ReportsError
from evaluate.metrics.iou import pack, packed_iou
from evaluate.metrics.paper.hce import hce
from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.matting import matting_differences
from evaluate.metrics.paper.outlines import (
    DAVIS_SHARE,
    boundary_iou_width,
    inner_border,
    outline_fit,
    tolerance_px,
)
from evaluate.metrics.paper.overlap import iou_curve, overlap
from evaluate.metrics.paper.saliency import saliency
from evaluate.metrics.paper.weighted_f import weighted_f
from evaluate.paper.truth_parts import TruthParts, read_truth
from evaluate.store.masks.stored_masks import mask_place, place_hash
from evaluate.store.opened_photo import OpenedPhoto
from evaluate.store.paper_scores import OVERLAP, SALIENCY, STRETCHED, WITHIN
from evaluate.store.scores import Measuring

# Folders whose sources a result depends on.
PAPER_CODE = ("datasets", "evaluate/metrics", "evaluate/paper", "evaluate/store")
OF_LEVELS = ("e", "f", "precision", "recall")
CURVE_NAMES = (*OF_LEVELS, *(STRETCHED + name for name in OF_LEVELS), "iou")
TOLERANCE_PIXELS = 3


@dataclass(frozen=True)
class PhotoMetrics:
    """``values`` by name and ``curves`` (256 numbers by threshold); empty where truth is unusable.

    The values that depend on all photos (``e_max``, ``f_max``) are not among them.
    """

    values: dict[str, float]
    curves: dict[str, list[float]]


def photo_metrics(
    rows: Sequence[OpenedPhoto], measuring: Measuring
) -> list[PhotoMetrics | ReportsError]:
    """The metrics of a photo as several runs have it; stored ones where nothing has changed.

    Where a mask is missing or damaged, the error.
    """
    truths: dict[tuple[int, int], TruthParts] = {}

    def of_row(opened: OpenedPhoto) -> PhotoMetrics | ReportsError:
        try:
            return _photo_metrics(opened, measuring, truths)
        except ReportsError as error:
            return error

    return [of_row(opened) for opened in rows]


def _photo_metrics(
    opened: OpenedPhoto, measuring: Measuring, truths: dict[tuple[int, int], TruthParts]
) -> PhotoMetrics:
    """The metrics of one row; ``truths`` are those of the rows before, by the photo's size."""
    run, prediction, sample, size = opened.run, opened.prediction, opened.sample, opened.size
    assert run is not None and prediction is not None  # noqa: S101, PT018 - of a run
    if size is None:
        return _worst()

    def key() -> str:
        return cache.key_of(
            cache.code_key(*PAPER_CODE),
            place_hash(mask_place(run, prediction)) if opened.predicted else None,
            opened.dataset.truth_key(sample),
            size,
            sample.mm_per_px,
            measuring,
        )

    def measured() -> dict[str, Any]:
        if size not in truths:
            truths[size] = read_truth(opened)
        return _kept(_measured(opened, truths[size], measuring))

    try:
        return _unpacked(cache.remembered("paper", key, measured))
    except PictureError:  # scoring reports it
        return PhotoMetrics({}, {})


def _kept(found: PhotoMetrics) -> dict[str, Any]:
    """As JSON's types. The curves are packed: as numbers they would be most of the cache."""
    plane = np.array([found.curves[name] for name in CURVE_NAMES], "<f8")
    packed = base64.b85encode(zlib.compress(plane.tobytes(), 1)).decode()
    return {"values": found.values, "curves": packed}


def _unpacked(kept: dict[str, Any]) -> PhotoMetrics:
    data = zlib.decompress(base64.b85decode(kept["curves"]))
    plane = np.frombuffer(data, "<f8").reshape(len(CURVE_NAMES), -1)
    return PhotoMetrics(kept["values"], dict(zip(CURVE_NAMES, plane.tolist(), strict=True)))


def _worst() -> PhotoMetrics:
    names = (*SALIENCY, *(STRETCHED + name for name in SALIENCY), *OVERLAP, *WITHIN)
    values = {name: float(name.endswith("mae")) for name in names if not name.endswith("max")}
    return PhotoMetrics(values, {name: [0.0] * 256 for name in CURVE_NAMES})


def _measured(opened: OpenedPhoto, parts: TruthParts, measuring: Measuring) -> PhotoMetrics:
    alpha = opened.alpha
    if alpha is None:
        alpha = np.zeros(parts.truth.shape, np.uint8)
        if not parts.truth.any():
            parts = TruthParts(np.ones_like(parts.truth), parts.void, parts.soft)
    elif parts.void is not None:
        alpha = np.where(parts.void, np.uint8(0), alpha)
    found = _of_levels(alpha, parts, measuring.threshold)
    mask, scale = to_mask(alpha, measuring.threshold), opened.sample.mm_per_px
    found.values.update(_of_masks(mask, parts, scale, measuring.clearance_mm))
    if parts.soft is not None:
        differences = matting_differences(alpha, parts.soft)
        found.values.update(differences.over(None).named())
        found.values.update(differences.over(parts.unknown).named())
    return found


def _of_levels(alpha: Alpha, parts: TruthParts, threshold: int) -> PhotoMetrics:
    counts, field = level_counts(alpha, parts.truth), parts.field
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
        curves |= {prefix + name: getattr(found, f"{name}_curve").tolist() for name in OF_LEVELS}
    return PhotoMetrics(values, curves)


def _of_masks(
    mask: Mask, parts: TruthParts, mm_per_px: float | None, clearance_mm: float
) -> dict[str, float]:
    truth = parts.truth
    fit = outline_fit(mask, truth)
    border = inner_border(mask, boundary_iou_width(mask.shape))
    values = {
        "boundary_iou": packed_iou(pack(border), parts.border),
        "boundary_f_3px": fit.boundary_f(TOLERANCE_PIXELS),
        "boundary_f_diagonal": fit.boundary_f(tolerance_px(truth.shape, share=DAVIS_SHARE)),
        "hausdorff_px": fit.hausdorff_px,
        "hd95_px": fit.hd95_px,
        "assd_px": fit.assd_px,
        "hce": float(hce(mask, truth, parts.skeleton)),
    }
    if mm_per_px:
        tolerance = tolerance_px(truth.shape, mm=clearance_mm, mm_per_px=mm_per_px)
        values["boundary_f_clearance"] = fit.boundary_f(tolerance)
        values["surface_dice_clearance"] = fit.surface_dice(tolerance)
    return values
