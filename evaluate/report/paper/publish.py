"""paper.md, paper.csv, paper.tex and plots: the paper metrics of all rows of a comparison."""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from datasets.caching import cache
from evaluate.compare.comparison import Comparison
from evaluate.display.text import escape, say
from evaluate.report import markdown
from evaluate.report.draw_once import draw_once
from evaluate.report.latex import escape_tex
from evaluate.report.paper.files import (
    PAPER_FILES,
    PAPER_PLOT_TEXTS,
    PAPER_PLOT_TITLES,
    remove_paper_files,
)
from evaluate.report.paper.tables import PAPER_TABLES, PaperCell, PaperTable, table_cells
from evaluate.store.atomic import write_atomic
from evaluate.store.formats.formula_cells import text_cell
from evaluate.store.paper_scores import (
    PAPER_METRICS,
    STRETCHED,
    PaperScores,
    read_paper_scores,
)
from evaluate.store.run_folder import Run
from evaluate.store.scores import Scoring

THRESHOLDS = (1, 32, 64, 96, 128, 160, 192, 224, 255)
PLOTTED_CURVES = ("precision", "recall", "f", "e")


def publish_paper(
    comparison: Comparison, folder: Path, runs: Sequence[Run], plots: bool
) -> dict[str, str]:
    """Write the files for the rows whose paper metrics are of the compared ground truth.

    Files of an earlier comparison are removed. ``plots``: whether to draw any. Returns what each
    plot shows, by its name.
    """
    labels, scores = list[str](), list[PaperScores]()
    names = {row.row: row.label for row in comparison.rows}
    for run in runs:
        found = read_paper_scores(run)
        if found is None or not is_current(found, run, comparison.scoring):
            say(f"{names[run.row]}: no paper metrics; run: make score metrics=paper")
            continue
        labels.append(names[run.row])
        scores.append(found)
    if not scores:
        remove_paper_files(folder)
        return {}
    texts, drawn = _plots(labels, scores, folder) if plots else ({}, [])
    signature = markdown.signature(comparison)
    write_atomic(folder / "paper.md", _page(signature, labels, scores, texts).encode())
    write_atomic(folder / "paper.csv", _csv(labels, scores).encode())
    write_atomic(folder / "paper.tex", _tex(signature, labels, scores).encode())
    remove_paper_files(folder, keep=(*PAPER_FILES, *drawn))
    more = f" and {len(texts)} plots, as PNG and SVG" if texts else ""
    print(f"Written to {folder}: {', '.join(PAPER_FILES)}{more}", flush=True)
    return texts


def is_current(scores: PaperScores, run: Run, scoring: Scoring) -> bool:
    """Whether a run's metrics are of this ground truth and threshold, and of its latest masks."""
    of_scores = scores.dataset_hash, scores.threshold
    if of_scores != (scoring.dataset_hash, scoring.threshold):
        return False
    predictions = run.predictions()  # a failed photo may have been predicted again
    return all(
        photo.id in predictions and predictions[photo.id].status == photo.status
        for photo in scores.photos
    )


def _plots(
    labels: Sequence[str], scores: Sequence[PaperScores], folder: Path
) -> tuple[dict[str, str], list[str]]:
    """What each plot shows, by its name, and the names of its files."""
    by_row = {
        label: {name: run.curves[STRETCHED + name] for name in PLOTTED_CURVES}
        for label, run in zip(labels, scores, strict=True)
        if STRETCHED + PLOTTED_CURVES[0] in run.curves  # scores of an earlier version have fewer
    }
    medians = {label: run.curves["iou"] for label, run in zip(labels, scores, strict=True)}

    def draw() -> tuple[dict[str, str], dict[str, bytes]]:
        from evaluate.report import plots  # imports matplotlib, which is slow
        from evaluate.report.plots import paper_curves
        from evaluate.report.plots.style import add_title

        found = {"iou-threshold": paper_curves.plot_iou_threshold(medians, scores[0].threshold)}
        if by_row:
            found["paper-curves"] = paper_curves.plot_paper_curves(by_row)
        for name, figure in found.items():
            add_title(figure, PAPER_PLOT_TITLES[name])
        named = [plots.NamedPlot(name, PAPER_PLOT_TEXTS[name], f) for name, f in found.items()]
        return {plot.name: plot.text for plot in named}, plots.plot_files(named)

    key = cache.key_of(by_row, medians, scores[0].threshold, cache.code_key("evaluate"))
    return draw_once("paper plots", lambda: key, folder, draw)


def _page(
    signature: str,
    labels: Sequence[str],
    scores: Sequence[PaperScores],
    plots: Mapping[str, str],
) -> str:
    failed = [sum(photo.status != "ok" for photo in run.photos) for run in scores]
    told = ", ".join(f"{escape(n)} {f}" for n, f in zip(labels, failed, strict=True) if f)
    parts = [
        "# Paper metrics",
        "Defined in docs/metrics.md. Bold: the best of a column. ≈: a sign test does not tell the "
        "row from the best one. A failed photo counts as an empty mask"
        + (f"; failed photos: {told}." if told else "; none failed."),
    ]
    for table in PAPER_TABLES:
        cells = table_cells(table, scores)
        if cells is None:
            continue
        header = ("Model", *(column.heading for column in table.columns))
        rows = [
            (escape(label), *(_markdown(cell) for cell in row))
            for label, row in zip(labels, cells, strict=True)
        ]
        parts += [f"## {table.title}", table.note, _table([header, *rows])]
    images = {name: f"[![{text}]({name}.png)]({name}.svg)" for name, text in plots.items()}
    if "paper-curves" in images:
        parts += [
            "## Curves",
            "Averaged over photos, of levels stretched per photo. The dots are the maxima.",
            images["paper-curves"],
        ]
    parts += [
        "## Median IoU over the threshold",
        "A pixel is foreground from the threshold on; the other tables' is in the last line.",
        *([images["iou-threshold"]] if "iou-threshold" in images else []),
        _curve(labels, scores),
        signature,
    ]
    return "\n\n".join(parts) + "\n"


def _curve(labels: Sequence[str], scores: Sequence[PaperScores]) -> str:
    rows = [("Model", *(str(t) for t in THRESHOLDS), "Best threshold")]
    for label, run in zip(labels, scores, strict=True):
        curve = np.array(run.curves["iou"])
        best = int(curve[1:].argmax()) + 1  # threshold 0 makes all of a photo foreground
        numbers = [f"{curve[t]:.3f}" for t in THRESHOLDS]
        rows.append((escape(label), *numbers, f"{best}: {curve[best]:.3f}"))
    return _table(rows)


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table of cells that are Markdown already."""
    rule = ("---", *("---:" for _ in rows[0][1:]))
    return "\n".join(f"| {' | '.join(row)} |" for row in (rows[0], rule, *rows[1:]))


def _markdown(cell: PaperCell) -> str:
    return f"**{cell.text}**" if cell.best else f"{cell.text} ≈" if cell.tied else cell.text


def _csv(labels: Sequence[str], scores: Sequence[PaperScores]) -> str:
    """One line per row and metric: mean, median and how many photos."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("model", "metric", "mean", "median", "photos"))
    for label, run in zip(labels, scores, strict=True):
        for metric in PAPER_METRICS:
            values = [p.values[metric] for p in run.photos if metric in p.values]
            if values:
                mean, median = float(np.mean(values)), float(np.median(values))
                rows.writerow((text_cell(label), metric, repr(mean), repr(median), len(values)))
    return text.getvalue()


def _tex(signature: str, labels: Sequence[str], scores: Sequence[PaperScores]) -> str:
    tables = [
        _tabular(table, labels, cells)
        for table in PAPER_TABLES
        if (cells := table_cells(table, scores)) is not None
    ]
    line = " ".join(signature.split())
    needs = r"% \usepackage{booktabs,amsmath}; $\approx$: not told from the best by a sign test"
    return "\n\n".join([f"% {line}\n{needs}", *tables]) + "\n"


def _tabular(table: PaperTable, labels: Sequence[str], cells: Sequence[Sequence[PaperCell]]) -> str:
    arrows = {"↑": r"$\uparrow$", "↓": r"$\downarrow$"}
    heads = [
        escape_tex(column.heading[:-1]) + arrows[column.heading[-1]] for column in table.columns
    ]
    rows = [
        " & ".join([escape_tex(label), *map(_tex_cell, row)]) + r" \\"
        for label, row in zip(labels, cells, strict=True)
    ]
    return "\n".join(
        [
            f"% {table.title}. {table.note}",
            rf"\begin{{tabular}}{{l{'r' * len(heads)}}}",
            r"\toprule",
            " & ".join(["Model", *heads]) + r" \\",
            r"\midrule",
            *rows,
            r"\bottomrule",
            r"\end{tabular}",
        ]
    )


def _tex_cell(cell: PaperCell) -> str:
    text = escape_tex(cell.text)
    return rf"\textbf{{{text}}}" if cell.best else rf"{text} $\approx$" if cell.tied else text
