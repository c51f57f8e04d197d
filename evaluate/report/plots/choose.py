"""Choose the plots that are informative for a comparison: no matrix of a single row, say."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from matplotlib.figure import Figure

from evaluate.compare.analysis import Analysis
from evaluate.compare.rows.photo_values import photos_of, values_at
from evaluate.report.markdown import label_in
from evaluate.report.picture_names import PLOT_TEXTS, PLOT_TITLES
from evaluate.report.plots.distribution import Outcome, plot_ecdf, plot_failure_modes
from evaluate.report.plots.fit import plot_fit
from evaluate.report.plots.pairs import plot_differences, plot_head_to_head, plot_margins
from evaluate.report.plots.ranking import plot_critical_difference
from evaluate.report.plots.slice_heat import plot_slice_heat
from evaluate.report.plots.speed import Point, plot_quality_speed
from evaluate.report.plots.style import add_title, encode_plot
from evaluate.report.plots.votes import plot_votes
from evaluate.votes.results import VoteResults


@dataclass(frozen=True)
class NamedPlot:
    """A plot, the stem of its file names, and a description of what it shows."""

    name: str
    text: str
    figure: Figure


def choose_plots(analysis: Analysis, votes: VoteResults | None = None) -> list[NamedPlot]:
    """The informative plots of a comparison, in reading order."""
    comparison = analysis.comparison
    labels = {row.label: label_in(comparison, row) for row in comparison.rows}
    ranked = comparison.ranked
    names = [labels[row.label] for row in ranked]
    found: dict[str, Figure] = {}
    if comparison.rows:
        found["failure-modes"] = plot_failure_modes(
            {labels[row.label]: Outcome(row.values, row.failures) for row in comparison.rows}
        )
    if ranked:
        found["ecdf"] = plot_ecdf({labels[row.label]: row.values for row in ranked})
    fits = {
        labels[row.label]: row.outlines.fits for row in ranked if row.outlines and row.outlines.fits
    }
    if len({one.unit for one in fits.values()}) == 1:
        found["fit"] = plot_fit(fits, comparison.scoring.clearance_mm)
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
        found["quality-speed"] = plot_quality_speed(points)
    if len(ranked) > 1:
        renamed = [
            replace(pair, first=labels[pair.first], second=labels[pair.second])
            for pair in analysis.pairs
        ]
        best = renamed[0]
        by_photo = ranked[0].values - values_at(ranked[1].ious, photos_of(ranked[0].ious))
        found["head-to-head"] = plot_head_to_head(names, renamed)
        found["differences"] = plot_differences(
            best.first, best.second, by_photo, comparison.margin_iou
        )
        found["margins"] = plot_margins(best.first, best.second, best.curve, comparison.margin_iou)
    if analysis.ranks:
        found["critical-difference"] = plot_critical_difference(names, analysis.ranks)
    if votes and len(votes.contenders) > 1:
        found["votes"] = plot_votes(votes.contenders)
    if ranked and analysis.slices:
        found["slices"] = plot_slice_heat(
            {labels[label]: row.median for label, row in analysis.rows.items()},
            {
                labels[label]: {name: score.median for name, score in by_slice.items()}
                for label, by_slice in analysis.by_slice.items()
            },
            analysis.slices,
            comparison.photos,
        )
    for name, figure in found.items():
        add_title(figure, PLOT_TITLES[name])
    return [
        NamedPlot(name, text, found[name]) for name, text in PLOT_TEXTS.items() if name in found
    ]


def plot_files(plots: Sequence[NamedPlot]) -> dict[str, bytes]:
    """The bytes of each plot's PNG and SVG, by file name."""
    return {
        f"{plot.name}.{ending}": data
        for plot in plots
        for ending, data in encode_plot(plot.figure).items()
    }
