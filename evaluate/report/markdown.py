"""The fourth stage: a Comparison becomes text: the table and the GitHub issue's sentence."""

import csv
import io
from collections.abc import Mapping

import numpy as np

from evaluate.compare import model_facts
from evaluate.compare.comparison import Comparison
from evaluate.compare.row import NOWHERE, Row, Times
from evaluate.compare.statistics import CONFIDENCE, wins_ties_losses
from evaluate.display.text import escape, markdown_table
from evaluate.report import selection_table
from evaluate.report.columns import CHOICES, NA
from models.segmenter import ELSEWHERE

TIMING = ("Approach", "Device", "Threads", "Load", "First call", "p50", "p90", "p99",
          "Peak memory", "Growth")  # fmt: skip
MEANING = (
    f"By median, failed photos counted as IoU 0. In brackets its {CONFIDENCE:.0%} interval, from "
    "the order of the IoUs alone; it takes six photos. p10: a tenth of the photos lies below. "
    "p50 (p90): median seconds, and what nine tenths of the photos took at most."
)


def table(comparison: Comparison, columns: str) -> list[tuple[str, ...]]:
    """The table as rows of cells, the header first; ``columns`` is one of ``CHOICES``."""
    chosen = CHOICES[columns]
    absent = [one for one in comparison.unable if not comparison.has_row(one)]
    return [
        ("Approach", *(column.title for column in chosen)),
        *(
            (_name(comparison, row, columns), *(column.cell(row)[0] for column in chosen))
            for row in comparison.rows
        ),
        *((one.label, *(NA for _ in chosen)) for one in absent),
    ]


def _name(comparison: Comparison, row: Row, columns: str) -> str:
    """A row's label, with where it ran if no column says it."""
    told = any(column.key == "device" for column in CHOICES[columns])
    return row.label if told else label_in(comparison, row)


def label_in(comparison: Comparison, row: Row) -> str:
    """A row's label; with its device and threads where the rows differ in them."""
    if len(_places(comparison)) < 2 or row.device == NOWHERE:
        return row.label
    return f"{row.label} · {_place(row)}"


def _place(row: Row) -> str:
    if row.place or row.device == ELSEWHERE:
        return row.place or row.device
    return f"{row.device}, {_count(row.threads, 'thread')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _places(comparison: Comparison) -> set[str]:
    return {_place(row) for row in comparison.rows if row.device not in (ELSEWHERE, NOWHERE)}


def _seconds(value: float | None) -> str:
    if value is None:
        return NA
    return f"{value:.3f}s" if value >= 0.001 else "<0.001s"


def _percentile(times: Times | None, name: str) -> str:
    if times is None:
        return NA
    return _seconds(getattr(times, name)) + "+" * (name in times.limited)


def sentence(comparison: Comparison) -> str:
    """The issue's sentence on the table's first two rows; empty where fewer have quality.

    The first row of the table is named first unless it lost.
    """
    if len(comparison.ranked) < 2:
        return ""
    best, second_best, *_ = comparison.ranked
    differences = np.array([iou - second_best.ious[i] for i, iou in best.ious.items()])
    ((wins, ties, losses),) = wins_ties_losses(differences, [comparison.margin_iou])
    first, second = _short_names(best.label, second_best.label)
    runner_up = f"{second} (the runner-up)"
    if wins == losses:
        outcome = f"{first} drew head-to-head against {runner_up}"
    elif wins > losses:
        outcome = f"{first} won head-to-head against {runner_up}"
    else:
        outcome = f"{runner_up} won head-to-head against {first}"
    count = f"{max(wins, losses)} to {min(wins, losses)}"
    images = _count(len(best.ious), "image")
    return f"{outcome} {count} across {images}, with {_count(ties, 'tie')}."


def _short_names(first: str, second: str) -> tuple[str, str]:
    """Names without what stands in brackets, as long as that tells them apart."""
    short = first.partition(" (")[0], second.partition(" (")[0]
    return (first, second) if short[0] == short[1] else short


def signature(comparison: Comparison) -> str:
    """What the numbers hang on. Tables of equal signature are comparable."""
    scoring = comparison.scoring
    places = sorted(_places(comparison))
    crops = {row.crop for row in comparison.rows}
    return " · ".join(
        [
            f"{scoring.dataset}@{scoring.dataset_hash[:12]}",
            _count(comparison.photos, "photo"),
            f"threshold {scoring.threshold}",
            f"crop {crops.pop() if len(crops) == 1 else 'by row'}",
            *(places if len(places) == 1 else []),
            f"cutoutbench {scoring.version}",
        ]
    )


def notes(comparison: Comparison) -> list[str]:
    """One line for each thing a reader of the table must know."""
    lines = [
        f"{row.label}: {row.failed} of {len(row.ious)} photos failed "
        f"({', '.join(f'{count} {status}' for status, count in sorted(row.failures.items()))}), "
        f"counted as IoU 0, mostly: {row.reason}"
        + (f". Once mended: {row.command} retry=true" if row.command else "")
        for row in comparison.rows
        if row.failed
    ]
    lines += [
        f"Could not run: {one.reason}"
        + (". Its row is of an earlier run" if comparison.has_row(one) else "")
        for one in comparison.unable
    ]
    lines += [
        f"{row.label}: times are of {row.times.photos} of {len(row.ious)} photos"
        for row in comparison.rows
        if row.times and row.times.photos < len(row.ious) - row.failed
    ]
    lines += [
        f"{row.label}: memory grew by {row.growth.mib_per_photo:.1f} MiB a photo over "
        f"{row.growth.photos} photos: a leak?"
        for row in comparison.rows
        if row.growth and row.growth.leak
    ]
    lines += [
        f"{row.label}: {told}"
        for row in comparison.rows
        if (told := model_facts.fallback(row.facts, len(row.ious)))
    ]
    lines += [
        f"{row.label}: the crop cuts off truth on {row.overhanging} of {len(row.ious)} photos "
        f"(outside-crop in its scores.csv) and found nothing on {row.uncropped}, taken whole"
        for row in comparison.rows
        if row.overhanging or row.uncropped
    ]
    lines += [
        f"Left out of every row, for want of truth: {text}" for text in comparison.without_truth
    ]
    lines += [f"Not in this table: {text}" for text in comparison.left_out]
    lines += comparison.scoring.notices
    bound: dict[str, list[str]] = {}
    for row in comparison.rows:
        bound.setdefault(row.licences, []).append(row.label)
    lines += [f"Licences of {', '.join(labels)}: {text}" for text, labels in bound.items() if text]
    return [*comparison.remarks, *lines]


def markdown(
    comparison: Comparison,
    columns: str,
    sections: str,
    pictures: Mapping[str, str],
) -> str:
    """The whole comparison.md; ``pictures`` are what each plot shows, by its name.

    ``sections`` stand between the plots and the times.
    """
    full = [markdown_table(table(comparison, "full")), f"<sub>{MEANING}</sub>"]
    parts = full if columns == "full" else [markdown_table(table(comparison, columns))]
    parts.append(f"<sub>{escape(signature(comparison))}</sub>")
    if outcome := sentence(comparison):
        parts.append(escape(outcome))
        tie = f"A difference in IoU of up to {comparison.margin_iou:g} is a tie."
        parts.append(f"<sub>{tie}</sub>")
    if lines := notes(comparison):
        parts.append("\n".join(f"- {escape(line)}" for line in lines))
    if costs := selection_table.costs(comparison):
        parts.append("### What selection costs\n\n" + markdown_table(costs))
        parts.append(f"<sub>{selection_table.NOTE}</sub>")
    parts += [f"[![{text}]({name}.png)]({name}.svg)" for name, text in pictures.items()]
    parts += [] if columns == "full" else ["### In full", *full]
    parts += [sections] if sections else []
    parts.append("### Timing\n\n" + markdown_table(_timing(comparison)))
    parts.append(
        "<sub>Seconds from an upright RGB array in memory to an alpha at full size, one process a "
        "model, warm-up apart. A first load after an install includes what libraries compile once."
        "</sub>"
    )
    if told := model_facts.table([(row.label, row.facts) for row in comparison.rows]):
        parts.append("### What models told of their photos\n\n" + markdown_table(told))
        parts.append(
            "<sub>Numbers are sums over all photos, failed ones included; ×3: on three photos. "
            "Each photo's own are in the run's predictions.jsonl.</sub>"
        )
    return "\n\n".join(parts) + "\n"


def _timing(comparison: Comparison) -> list[tuple[str, ...]]:
    return [
        TIMING,
        *(
            (
                row.label,
                row.device,
                NA if row.device in (ELSEWHERE, NOWHERE) else str(row.threads),
                _seconds(row.load_s),
                _seconds(row.first_call_s),
                *(_percentile(row.times, name) for name in ("median", "p90", "p99")),
                f"{row.peak_rss_bytes / 2**20:.0f} MiB" if row.peak_rss_bytes else NA,
                f"{row.growth.mib_per_photo:+.1f} MiB/photo" if row.growth else NA,
            )
            for row in comparison.rows
        ),
    ]  # fmt: skip


def to_csv(comparison: Comparison, columns: str) -> str:
    """The table as comparison.csv."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(table(comparison, columns))
    return text.getvalue()
