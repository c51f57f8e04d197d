"""Comparisons made by hand, their plots, and what a figure shows."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluate.compare.analysis import analyse
from evaluate.compare.comparison import Comparison
from evaluate.compare.rows.row import Row, Times
from evaluate.report import plots
from evaluate.store.scores import Scoring
from tests.evaluate.tables import outlines

MARGIN = 0.02


def axes_of(figure: Figure) -> Axes:
    return figure.axes[0]


def texts(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for one in figure.legends for text in one.get_texts()]


def ious(values: np.ndarray) -> dict[str, float]:
    return {f"p{i:03}": float(value) for i, value in enumerate(values)}


def row(label: str, values: np.ndarray, failures: Mapping[str, int], seconds: float | None) -> Row:
    blank: dict[str, Any] = {field.name: 0 for field in dataclasses.fields(Row)}
    times = None if seconds is None else Times(seconds, seconds, seconds, (), len(values))
    named: dict[str, Any] = {
        "row": label,
        "label": label,
        "ious": ious(values),
        "device": "cpu",
        "facts": {},
    }
    named["outlines"] = outlines([{"fit_px": 30 * (1 - value)} for value in values])
    return Row(**{**blank, **named, "failures": failures, "times": times})


def comparison(labels: list[str], photos: int = 40, spread: float = 0.1) -> Comparison:
    """Rows, each worse than the one before, on a dataset with two strata."""
    rng = np.random.default_rng(0)
    hard = rng.beta(2, 12, photos)
    rows = tuple(
        row(label, np.clip(1 - hard * (1 + spread * i), 0, 1), {}, 0.1 * (i + 1))
        for i, label in enumerate(labels)
    )
    scoring = Scoring("", "", "", 128, "")
    known = {i: {"stratum": "chrome" if i < "p015" else "matte"} for i in ious(hard)}
    return Comparison(scoring, photos, known, rows, (), (), MARGIN)


def drawn(compared: Comparison) -> dict[str, Figure]:
    found = plots.choose_plots(analyse(compared))
    return {picture.name: picture.figure for picture in found}
