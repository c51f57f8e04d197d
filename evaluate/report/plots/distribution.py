"""The distribution of each row's IoUs: as a cumulative curve, and by failure mode."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evaluate.compare.statistics import Values
from evaluate.display.text import short_labels
from evaluate.report.plots.style import (
    BLUE,
    ORANGE,
    SHARES,
    SKY,
    SMALL_PT,
    VERMILLION,
    canvas,
    legend_below,
    line_style,
    some_of,
)

MISSED = 0.1
GREYS = ("#444444", "#bbbbbb", "#808080", "#dddddd")
HATCHES = ("", "////", "xxxx", "....", r"\\\\")


@dataclass(frozen=True)
class Outcome:
    """A row's IoUs, failed photos at 0, and the number of failed photos by status."""

    ious: Sequence[float] | Values
    failures: Mapping[str, int]


def plot_ecdf(ious: Mapping[str, Sequence[float] | Values]) -> Figure:
    """Each label's share of photos at or above an IoU. A curve further up and right is better."""
    figure, axes = canvas(4.2)
    axes.grid(alpha=0.25)
    curves = []
    for place, (label, values) in enumerate(zip(short_labels(ious), ious.values(), strict=True)):
        # Dashes alternate so that of two equal curves both are visible.
        style = line_style(place)
        ordered = np.sort(values)
        shown = some_of(len(ordered))
        at = np.concatenate([[0], ordered[shown], ordered[-1:]])
        shares = np.concatenate([[1], 1 - shown / len(ordered), [0]])
        curves += axes.step(at, shares, where="pre", label=label, lw=2, **style)
    axes.set(xlim=(-0.01, 1.01), ylim=SHARES, xlabel="IoU", ylabel="share of photos at or above")
    legend_below(figure, curves)
    return figure


def plot_failure_modes(outcomes: Mapping[str, Outcome]) -> Figure:
    """One bar per label: photos by outcome, the best to the left, failed photos by status.

    *Missed* is an IoU below 0.1: the mask is empty or covers something else. The other parts are
    strictly above 0.9 and 0.7, like the table's columns, or from 0.1 to 0.7, both inclusive.
    """
    figure, axes = canvas(1.3 + 0.34 * len(outcomes))
    photos = max((len(one.ious) for one in outcomes.values()), default=0) or 1
    taken = [0] * len(outcomes)
    bars = []
    for name, look, counts in _parts(outcomes):
        bar = axes.barh(
            range(len(outcomes)), counts, left=taken, height=0.72, label=name,
            edgecolor="white", linewidth=0.8, **look,
        )  # fmt: skip
        ink = "black" if look["color"] in (SKY, ORANGE) else "white"
        wide = [str(count) if count > 0.03 * photos else "" for count in counts]
        for text in axes.bar_label(bar, wide, label_type="center", color=ink, fontsize=SMALL_PT):
            if "hatch" in look:
                text.set(color="black", bbox={"facecolor": "white", "pad": 0.8, "lw": 0})
        taken = [before + count for before, count in zip(taken, counts, strict=True)]
        bars.append(bar)
    axes.set_yticks(range(len(outcomes)), short_labels(outcomes))
    axes.set(xlim=(0, photos), ylim=(len(outcomes) - 0.4, -0.6), xlabel="photos")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines["left"].set_visible(False)
    axes.tick_params("y", length=0)
    legend_below(figure, bars, columns=4)
    return figure


def _parts(outcomes: Mapping[str, Outcome]) -> list[tuple[str, dict[str, Any], list[int]]]:
    """Name, style and counts by row of each part of the bars, the best first; no empty parts."""
    rows = outcomes.values()
    ious = [np.asarray(row.ious) for row in rows]
    above, fair_up, poor_up = (
        [int(at_least(each, level).sum()) for each in ious]
        for at_least, level in ((np.greater, 0.9), (np.greater, 0.7), (np.greater_equal, MISSED))
    )
    good, fair = above, [low - high for low, high in zip(fair_up, above, strict=True)]
    poor = [low - high for low, high in zip(poor_up, fair_up, strict=True)]
    missed = [
        len(row.ious) - up - sum(row.failures.values())
        for row, up in zip(rows, poor_up, strict=True)
    ]
    parts = [
        ("IoU above 0.9", {"color": BLUE}, good),
        ("above 0.7", {"color": SKY}, fair),
        (f"{MISSED:g} to 0.7", {"color": ORANGE}, poor),
        (f"under {MISSED:g}: missed", {"color": VERMILLION}, missed),
    ]
    for i, status in enumerate(sorted({status for row in rows for status in row.failures})):
        look: dict[str, Any] = {"color": GREYS[i % len(GREYS)]}
        if hatch := HATCHES[i % len(HATCHES)]:
            look["hatch"] = hatch
        parts.append((f"failed: {status}", look, [row.failures.get(status, 0) for row in rows]))
    return [part for part in parts if any(part[2])]
