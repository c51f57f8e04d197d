"""How each row's IoUs are spread: as a curve, and as modes of failure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from evaluate.display.text import shown
from evaluate.report.plots.style import (
    BLUE,
    ORANGE,
    SKY,
    SMALL_PT,
    VERMILLION,
    canvas,
    legend_below,
    line_style,
)

MISSED = 0.1
GREYS = ("#444444", "#bbbbbb", "#808080", "#dddddd")
HATCHES = ("", "////", "xxxx", "....", r"\\\\")


@dataclass(frozen=True)
class Outcome:
    """A row's IoUs, failed photos among them at 0, and how many failed, by status."""

    ious: Sequence[float]
    failures: Mapping[str, int]


def ecdf(ious: Mapping[str, Sequence[float]]) -> Figure:
    """Each label's share of photos at or below an IoU. Lower and further right is better."""
    figure, axes = canvas(4.2)
    axes.grid(alpha=0.25)
    curves = []
    for place, (label, values) in enumerate(zip(shown(ious), ious.values(), strict=True)):
        # Dashes alternate so that a curve on top of an equal one leaves it visible.
        style = line_style(place)
        curves.append(axes.ecdf(sorted(values), label=label, lw=2, **style))
    axes.set(xlim=(-0.01, 1.01), ylim=(0, 1.01), xlabel="IoU", ylabel="share of photos at or below")
    legend_below(figure, curves)
    return figure


def failure_modes(outcomes: Mapping[str, Outcome]) -> Figure:
    """A bar a label: how many photos did how well, the best to the left, failed ones by status.

    *Missed* is an IoU under 0.1: the mask is empty or of something else. The others lie strictly
    above 0.9 and 0.7, as the table's columns do, or between 0.1 and 0.7, both included.
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
    axes.set_yticks(range(len(outcomes)), shown(outcomes))
    axes.set(xlim=(0, photos), ylim=(len(outcomes) - 0.4, -0.6), xlabel="photos")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines["left"].set_visible(False)
    axes.tick_params("y", length=0)
    legend_below(figure, bars, columns=4)
    return figure


def _parts(outcomes: Mapping[str, Outcome]) -> list[tuple[str, dict[str, Any], list[int]]]:
    """Name, look and counts by row of each part of the bars that any row has, the best first."""
    rows = outcomes.values()
    good = [sum(iou > 0.9 for iou in row.ious) for row in rows]
    fair = [sum(0.7 < iou <= 0.9 for iou in row.ious) for row in rows]
    poor = [sum(MISSED <= iou <= 0.7 for iou in row.ious) for row in rows]
    missed = [sum(i < MISSED for i in row.ious) - sum(row.failures.values()) for row in rows]
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
