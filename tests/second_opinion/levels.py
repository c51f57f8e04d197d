"""Saliency measures by definition, in plain NumPy, from their papers (docs/metrics.md)."""

from typing import Any

import numpy as np

EPSILON = float(np.spacing(1))


def mae(value: Any, truth: Any) -> float:
    """Perazzi 2012."""
    return float(np.abs(value - truth).mean())


def e_measure(cut: Any, truth: Any) -> float:
    """Fan 2018, with N − 1 as published."""
    last = truth.size - 1 + EPSILON
    if not truth.any():
        return float((~cut).sum() / last)
    if truth.all():
        return float(cut.sum() / last)
    p, t = cut - cut.mean(), truth - truth.mean()
    align = 2 * p * t / (p * p + t * t + EPSILON)
    return float(((align + 1) ** 2 / 4).sum() / last)


def f_measure(cut: Any, truth: Any) -> float:
    """Achanta 2009, β² = 0.3."""
    both = int((cut & truth).sum())
    if not both:
        return 0.0
    precision, recall = both / int(cut.sum()), both / int(truth.sum())
    return 1.3 * precision * recall / (0.3 * precision + recall)


def s_measure(value: Any, truth: Any) -> float:
    """Fan 2017; a quadrant without pixels weighs nothing."""
    if not truth.any():
        return float(1 - value.mean())
    if truth.all():
        return float(value.mean())
    share = truth.mean()
    objects = share * _alike(value[truth]) + (1 - share) * _alike(1 - value[~truth])
    row, column = (round(float(place)) + 1 for place in np.argwhere(truth).mean(axis=0))
    region = 0.0
    for rows in (slice(0, row), slice(row, None)):
        for columns in (slice(0, column), slice(column, None)):
            part, true = value[rows, columns].ravel(), truth[rows, columns].ravel()
            if part.size:
                region += _ssim(part, true.astype(float)) * part.size / value.size
    return float(max(0.0, (objects + region) / 2))


def _alike(x: Any) -> float:
    deviation = 0.0 if (x == x[0]).all() else float(x.std(ddof=1))
    mean = float(x[0]) if (x == x[0]).all() else float(x.mean())
    return 2 * mean / (mean * mean + 1 + deviation + EPSILON)


def _ssim(v: Any, t: Any) -> float:
    v_flat, t_flat = bool((v == v[0]).all()), bool((t == t[0]).all())
    v_mean, t_mean = (float(x[0] if flat else x.mean()) for x, flat in ((v, v_flat), (t, t_flat)))
    last = v.size - 1 + EPSILON
    v_variance = 0.0 if v_flat else float(((v - v_mean) ** 2).sum() / last)
    t_variance = 0.0 if t_flat else float(((t - t_mean) ** 2).sum() / last)
    both = 0.0 if v_flat or t_flat else float(((v - v_mean) * (t - t_mean)).sum() / last)
    top = 4 * v_mean * t_mean * both
    bottom = (v_mean**2 + t_mean**2) * (v_variance + t_variance)
    if top != 0:
        return top / (bottom + EPSILON)
    return float(bottom == 0)


def weighted_f(value: Any, truth: Any) -> float:
    """Margolin 2014, β² = 1. Of several nearest pixels the leftmost, then the topmost counts."""
    if not truth.any():
        return 0.0
    height, width = truth.shape
    error = np.abs(value - truth)
    places = np.argwhere(truth.T)[:, ::-1]  # from left to right, then from the top
    spread, away = error.copy(), np.zeros(truth.shape)
    for y, x in np.argwhere(~truth):
        squares = ((places - (y, x)) ** 2).sum(axis=1)
        first = int(squares.argmin())
        spread[y, x], away[y, x] = error[tuple(places[first])], squares[first] ** 0.5
    axis = np.arange(-3, 4)
    kernel = np.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / (2 * 25))
    kernel /= kernel.sum()
    padded = np.pad(spread, 3)
    smooth = np.zeros(truth.shape)
    for dy in range(7):
        for dx in range(7):
            smooth += kernel[dy, dx] * padded[dy : dy + height, dx : dx + width]
    least = np.where(truth, np.minimum(error, smooth), error)
    weighted = least * np.where(truth, 1.0, 2 - np.exp(np.log(0.5) / 5 * away))
    right = truth.sum() - weighted[truth].sum()
    recall = 1 - weighted[truth].mean()
    precision = right / (right + weighted[~truth].sum() + EPSILON)
    return float(2 * recall * precision / (recall + precision + EPSILON))
