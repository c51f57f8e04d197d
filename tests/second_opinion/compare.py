"""Every metric twice: as the project computes it, and by definition."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from evaluate.metrics.boundary import boundary_distances
from evaluate.metrics.iou import iou, pack, packed_iou
from evaluate.metrics.paper.level_counts import level_counts
from evaluate.metrics.paper.matting import matting_differences, unknown_region
from evaluate.metrics.paper.outlines import (
    boundary_iou_width,
    inner_border,
    outline_fit,
    tolerance_px,
)
from evaluate.metrics.paper.overlap import iou_curve, overlap
from evaluate.metrics.paper.saliency import saliency
from evaluate.metrics.paper.weighted_f import truth_field, weighted_f
from tests.second_opinion import levels, mattes, shapes

RELATIVE, ABSOLUTE = 1e-9, 1e-11
THRESHOLDS = (0, 1, 128, 255)

Twice = tuple[str, float, float]  # name, the project's value, the value by definition


def differs(one: Twice) -> bool:
    """Whether the two values of a metric are not equal, but for rounding."""
    return not math.isclose(one[1], one[2], rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def every_metric(alpha: Any, soft: Any) -> Iterator[Twice]:
    """All metrics of docs/metrics.md but HCE, of a prediction and a truth (both uint8 H×W)."""
    truth = soft >= 128
    yield from _of_masks(alpha >= 128, truth)
    counts = level_counts(alpha, truth)
    for threshold in THRESHOLDS:
        expected = shapes.overlap(alpha >= threshold, truth)
        yield f"iou at {threshold}", float(iou_curve(counts)[threshold]), expected["iou"]
        if threshold:
            found = vars(overlap(counts, threshold))
            yield from ((f"{n} at {threshold}", found[n], v) for n, v in expected.items())
    for stretched in (False, True):
        yield from _of_levels(alpha, truth, counts, stretched)
    unknown = unknown_region(soft)
    differences = matting_differences(alpha, soft)
    regions = {"unknown": unknown, "whole": np.ones(soft.shape, bool)}
    for name, theirs in mattes.matting(alpha, soft, regions).items():
        ours = differences.over(unknown if name == "unknown" else None)
        yield from ((f"{metric} {name}", getattr(ours, metric), v) for metric, v in theirs.items())


def _of_masks(mask: Any, truth: Any) -> Iterator[Twice]:
    yield "iou", iou(mask, truth), shapes.overlap(mask, truth)["iou"]
    diagonal = tolerance_px(truth.shape, share=0.008)
    tolerances = (0.0, 1.0, 1.5, 3.0, diagonal)
    expected = shapes.distances(mask, truth, tolerances)
    fit = outline_fit(mask, truth)
    yield "hausdorff", fit.hausdorff_px, expected["hausdorff"]
    yield "hd95", fit.hd95_px, expected["hd95"]
    yield "assd", fit.assd_px, expected["assd"]
    for t in tolerances:
        yield f"surface dice {t:g}", fit.surface_dice(t), expected[f"surface_dice {t:g}"]
        yield f"boundary f {t:g}", fit.boundary_f(t), expected[f"boundary_f {t:g}"]
    core = boundary_distances(mask, truth, 1.5)
    for name in ("mean", "hd95", "inside", "outside"):
        yield f"core {name}", getattr(core, f"{name}_px"), expected[name]
    yield "core surface dice", float(core.surface_dice or 0), expected["surface_dice 1.5"]
    for width in (boundary_iou_width(truth.shape), 3):
        theirs = shapes.boundary_iou(mask, truth, width)
        borders = (pack(inner_border(each, width)) for each in (mask, truth))
        yield f"boundary iou {width}", packed_iou(*borders), theirs


def _of_levels(alpha: Any, truth: Any, counts: Any, stretched: bool) -> Iterator[Twice]:
    value, stored = alpha / 255, alpha
    if stretched and alpha.max() > alpha.min():
        value = (value - value.min()) / (value.max() - value.min())
        stored = (value * 255).astype(np.uint8)  # as PySODMetrics cuts stretched maps
    found = saliency(counts, stretched=stretched)
    prefix = "stretched " if stretched else ""
    yield f"{prefix}mae", found.mae, levels.mae(value, truth)
    yield f"{prefix}s", found.s, levels.s_measure(value, truth)
    for threshold in THRESHOLDS:
        cut = stored >= threshold
        e, f = found.e_curve[threshold], found.f_curve[threshold]
        yield f"{prefix}e at {threshold}", float(e), levels.e_measure(cut, truth)
        yield f"{prefix}f at {threshold}", float(f), levels.f_measure(cut, truth)
    limit = min(1.0, 2 * value.mean())
    if not np.isclose(value, limit, rtol=1e-12, atol=1e-12).any() or limit == 1:
        cut = value >= limit  # else rounding decides whether a pixel is above
        yield f"{prefix}e adaptive", found.e_adaptive, levels.e_measure(cut, truth)
        yield f"{prefix}f adaptive", found.f_adaptive, levels.f_measure(cut, truth)
    ours = weighted_f(alpha, counts, truth_field(truth), stretched=stretched)
    yield f"{prefix}weighted f", ours, levels.weighted_f(value, truth)
