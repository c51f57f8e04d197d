"""Which plots a comparison gets: those that say something, so no matrix of a single row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from evaluate.compare.analysis import Analysis
from evaluate.compare.comparison import Comparison
from evaluate.report.markdown import label_in
from evaluate.report.plots.distribution import Outcome, ecdf, failure_modes
from evaluate.report.plots.pairs import differences, head_to_head, margins
from evaluate.report.plots.ranking import critical_difference
from evaluate.report.plots.slice_heat import slice_heat
from evaluate.report.plots.speed import Point, quality_speed
from evaluate.report.plots.style import encoded

TEXTS = {  # in the order in which a reader asks; what each shows, for those who do not see it
    "ecdf": "Share of photos at or below each IoU, by row",
    "quality-speed": "Median IoU against seconds a photo, with the Pareto line",
    "failure-modes": "How many photos each row did well, poorly, missed or failed",
    "head-to-head": "Wins, ties and losses of every row against every other",
    "critical-difference": "Mean ranks of all rows; bars join those not told apart",
    "differences": "Difference in IoU on every photo, the winner against the runner-up",
    "margins": "Wins, ties and losses of the winner against the runner-up, over the margin",
    "slices": "Median IoU of every row in groups of the photos",
}
FILES = tuple(f"{name}.{ending}" for name in TEXTS for ending in ("png", "svg"))


@dataclass(frozen=True)
class Picture:
    """A plot, the stem of its files, and what it shows in words."""

    name: str
    text: str
    figure: Figure


def pictures(comparison: Comparison, analysis: Analysis) -> list[Picture]:
    """The plots that say something of this comparison, in reading order."""
    labels = {row.label: label_in(comparison, row) for row in comparison.rows}
    ranked = comparison.ranked
    names = [labels[row.label] for row in ranked]
    found: dict[str, Figure] = {}
    if comparison.rows:
        found["failure-modes"] = failure_modes(
            {
                labels[row.label]: Outcome(list(row.ious.values()), row.failures)
                for row in comparison.rows
            }
        )
    if ranked:
        found["ecdf"] = ecdf({labels[row.label]: list(row.ious.values()) for row in ranked})
    points = {
        labels[row.label]: Point(
            row.times.median,
            row.median,
            row.interval,
            "median" in row.times.limited,
        )
        for row in ranked
        if row.times and row.times.median > 0
    }
    if len(points) > 1 and not any(row.place for row in ranked):
        found["quality-speed"] = quality_speed(points)
    if len(ranked) > 1:
        renamed = [
            replace(pair, first=labels[pair.first], second=labels[pair.second])
            for pair in analysis.pairs
        ]
        best = renamed[0]
        by_photo = [ranked[0].ious[i] - ranked[1].ious[i] for i in ranked[0].ious]
        found["head-to-head"] = head_to_head(names, renamed)
        found["differences"] = differences(best.first, best.second, by_photo, comparison.margin_iou)
        found["margins"] = margins(best.first, best.second, best.curve, comparison.margin_iou)
    if analysis.ranks:
        found["critical-difference"] = critical_difference(names, analysis.ranks)
    if ranked and analysis.slices:
        found["slices"] = slice_heat(
            {labels[label]: one.median for label, one in analysis.rows.items()},
            {
                labels[label]: {name: score.median for name, score in by_slice.items()}
                for label, by_slice in analysis.by_slice.items()
            },
            analysis.slices,
            comparison.photos,
        )
    return [Picture(name, text, found[name]) for name, text in TEXTS.items() if name in found]


def files(drawn: Sequence[Picture]) -> dict[str, bytes]:
    """The bytes of each picture's PNG and SVG, by file name."""
    return {
        f"{picture.name}.{ending}": data
        for picture in drawn
        for ending, data in encoded(picture.figure).items()
    }
