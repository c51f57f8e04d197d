"""The fourth stage: a Comparison as text: its tables and notes."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from datasets.messages import SHOWN
from evaluate.compare.comparison import Comparison
from evaluate.compare.rows import model_facts
from evaluate.compare.rows.row import NOWHERE, Row
from evaluate.compare.statistics import CONFIDENCE
from evaluate.display.text import (
    NA,
    count_text,
    device_text,
    escape,
    markdown_table,
    mib_text,
    seconds_text,
)
from evaluate.report import selection_table
from evaluate.report.columns import CHOICES, percentile_text
from evaluate.report.decision.terms import terms
from evaluate.store.sweeps.unable import Unable
from models.segmenter import ELSEWHERE

FAR_BETTER = 0.3  # in median IoU: what inverted masks gain where black and white are swapped
TIMING_COLUMNS = ("Approach", "Device", "Threads", "Load", "First call", "p50", "p90", "p99",
          "Peak memory", "Growth")  # fmt: skip
_TABLE_NOTE = (
    f"Sorted by median IoU; failed photos count as IoU 0. In brackets: the {CONFIDENCE:.0%} "
    "interval of the median from order statistics, from six photos on. p10: 10th percentile of the "
    "IoU. p50 (p90): median and 90th percentile of the seconds per photo."
)


def comparison_table(comparison: Comparison, columns: str) -> list[tuple[str, ...]]:
    """The table as rows of cells, the header first; ``columns`` is one of ``CHOICES``."""
    chosen = CHOICES[columns]
    return [
        ("Approach", *(column.title for column in chosen)),
        *(
            (_name(comparison, row, columns), *(column.cell(row)[0] for column in chosen))
            for row in comparison.rows
        ),
        *((one.label, *(NA for _ in chosen)) for one in comparison.without_run),
    ]


def apart_table(comparison: Comparison, columns: str) -> list[tuple[str, ...]]:
    """The same table of the rows that stand apart from the family."""
    return comparison_table(replace(comparison, rows=comparison.apart, unable=()), columns)


def apart_note(comparison: Comparison) -> str:
    """What the rows apart are; empty if there are none."""
    if not comparison.apart:
        return ""
    return f"Stored rows that are not of {comparison.family}, and in none of its tests and plots:"


def _name(comparison: Comparison, row: Row, columns: str) -> str:
    """A row's label; with its device if that is no column and the rows differ in it."""
    has_device = any(column.key == "device" for column in CHOICES[columns])
    return row.label if has_device else label_in(comparison, row)


def label_in(comparison: Comparison, row: Row) -> str:
    """A row's label; with its device and threads if the rows differ in them."""
    if len(_places(comparison)) < 2 or row.device == NOWHERE:
        return row.label
    return f"{row.label} · {_place(row)}"


def _place(row: Row) -> str:
    return row.place or device_text(row.device, row.threads, in_words=True)


def _places(comparison: Comparison) -> set[str]:
    return {_place(row) for row in comparison.rows if row.device not in (ELSEWHERE, NOWHERE)}


def signature(comparison: Comparison) -> str:
    """Dataset, threshold, crop, device and version: tables with equal signatures are comparable."""
    scoring = comparison.scoring
    places = sorted(_places(comparison))
    if scoring.threshold is None:
        count = count_text(comparison.photos, "photo")
        return f"{scoring.dataset} · {count} · threshold, crop, device and version unknown"
    crops = {row.crop for row in comparison.rows}
    return " · ".join(
        [
            f"{scoring.dataset}@{scoring.dataset_hash[:12]}",
            count_text(comparison.photos, "photo"),
            f"threshold {scoring.threshold}",
            f"crop {crops.pop() if len(crops) == 1 else 'by row'}",
            *(places if len(places) == 1 else []),
            f"cutoutbench {scoring.version}",
        ]
    )


class Note(NamedTuple):
    """A line on how the table may be read; ``row`` is empty where it is about all rows."""

    row: str
    text: str


def notes(comparison: Comparison) -> list[str]:
    """One line for each thing that limits how the table may be read."""
    return [note.text for note in notes_by_row(comparison)]


def notes_by_row(comparison: Comparison) -> list[Note]:
    """The notes, sorted by what they are about, each with its row."""
    rows = comparison.rows
    of_rows = [
        [Note(row.row, text) for row, text in zip(rows, texts, strict=True) if text]
        for texts in zip(*map(_row_notes, rows), strict=True)
    ]
    failed, *others = of_rows or [[]]
    found = [Note("", text) for text in comparison.remarks] + failed
    found += [Note(one.row, unable_note(comparison, one)) for one in comparison.unable]
    found += chain.from_iterable(others)
    if texts := comparison.without_truth:
        more = f"; and {len(texts) - SHOWN:,} more" if len(texts) > SHOWN else ""
        count = f"{count_text(len(texts), 'photo')} left out of every row"
        shown = "; ".join(texts[:SHOWN])
        found.append(Note("", f"{count}, without usable ground truth: {shown}{more}"))
    found += [Note(one.row, f"Not in this table: {one.reason}") for one in comparison.left_out]
    found += [Note("", text) for text in comparison.scoring.notices]
    by_licences: dict[str, list[str]] = {}
    for row in rows:
        by_licences.setdefault(row.licences, []).append(row.label)
    return found + [
        Note("", f"Licences of {', '.join(labels)}: {text}")
        for text, labels in by_licences.items()
        if text
    ]


def _row_notes(row: Row) -> list[str]:
    """What limits how one row may be read, always in this order; empty where it does not apply."""
    photos = len(row.ious)
    counts = ", ".join(f"{count} {status}" for status, count in sorted(row.failures.items()))
    reason = f"; most frequent reason: {row.reason}" if row.reason else ""
    retry = f". To retry them: {row.command} retry=true" if row.command else ""
    cut_off = row.overhanging or row.uncropped
    is_inverted = row.has_quality and row.inverse and row.inverse - row.median >= FAR_BETTER
    found = [
        f"{row.failed} of {photos} photos failed ({counts}), counted as IoU 0{reason}{retry}"
        if row.failed
        else "",
        f"only {row.times.photos} of {photos} photos were timed"
        if row.times and row.times.photos < photos - row.failed
        else "",
        f"timing unstable, as {row.unstable}" if row.unstable else "",
        f"scenario offline, predicted {row.offline.beside}; its seconds are no latency and are not "
        "compared with those of other rows"
        if row.offline
        else "",
        f"memory grew by {row.growth.mib_per_photo:.1f} MiB per photo over {row.growth.photos} "
        "photos, possibly a leak"
        if row.growth and row.growth.leak
        else "",
        model_facts.fallback(row.facts, photos),
        model_facts.visits(row.facts, photos - row.failed),
        f"the crop cuts off ground truth on {row.overhanging} of {photos} photos (outside-crop in "
        f"its scores.csv) and found nothing on {row.uncropped}, which were used whole"
        if cut_off
        else "",
        f"inverted, its masks would have a median IoU of {row.inverse:.3f} instead of "
        f"{row.median:.3f}: are black and white swapped in them?"
        if is_inverted
        else "",
    ]
    return [f"{row.label}: {text}" if text else "" for text in found]


def notes_on_run(comparison: Comparison, ran: Collection[str], place: Path) -> list[str]:
    """The notes on the rows that a command ``ran``, then those on all rows.

    One line names the other rows that have notes; ``place`` has these.
    """
    found = notes_by_row(comparison)
    lines = [note.text for note in found if note.row in ran]
    lines += [note.text for note in found if not note.row]
    others = [note.row for note in found if note.row and note.row not in ran]
    gone = [one.row for one in comparison.left_out if one.row in others]
    rest = [row for row in dict.fromkeys(others) if row not in gone]
    told = [f"not in this table: {', '.join(gone)}"] if gone else []
    told += [f"with notes: {', '.join(rest)}"] if rest else []
    return [*lines, f"Of rows run earlier, {'; '.join([*told, f'see {place}'])}"] if told else lines


def unable_note(comparison: Comparison, one: Unable) -> str:
    """The note on a model that could not run."""
    earlier = ". Its row is from an earlier run" if comparison.has_row(one) else ""
    return f"Could not run: {one.reason}{earlier}"


def comparison_page(
    comparison: Comparison,
    columns: str,
    sections: str,
    plots: Mapping[str, str],
    first: Sequence[str] = (),
) -> str:
    """The text of comparison.md; ``plots`` are descriptions by a plot's name, ``first`` its lines.

    ``sections`` stand between the tables of results and the plots.
    """
    full = [markdown_table(comparison_table(comparison, "full")), f"<sub>{_TABLE_NOTE}</sub>"]
    parts = [escape(line) for line in first]
    parts += full if columns == "full" else [markdown_table(comparison_table(comparison, columns))]
    parts.append(f"<sub>{escape(signature(comparison))}</sub>")
    words = terms(comparison.margin_iou, math.comb(len(comparison.ranked), 2))
    parts.append(
        f"<sub>{escape('; '.join(f'{word}: {meaning}' for word, meaning in words))}.</sub>"
    )
    if lines := notes(comparison):
        parts.append("\n".join(f"- {escape(line)}" for line in lines))
    if costs := selection_table.selection_costs(comparison):
        parts.append("### Cost of selection\n\n" + markdown_table(costs))
        parts.append(f"<sub>{selection_table.NOTE}</sub>")
    if comparison.apart:
        parts += [
            f"### Other rows\n\n{apart_note(comparison)}",
            markdown_table(apart_table(comparison, columns)),
        ]
    parts += [] if columns == "full" else ["### Full table", *full]
    parts += [sections] if sections else []
    parts += ["### Plots"] if plots else []
    for name, text in plots.items():
        parts.append(f"[![{text}]({name}.png)]({name}.svg)")
        parts.append(f"<sub>{text}.</sub>")
    parts.append("### Timing\n\n" + markdown_table(_timing(comparison)))
    parts.append(
        "<sub>Seconds from an upright RGB array in memory to an alpha at full size; one process "
        "per model, warm-up excluded. The first load after an installation includes one-time "
        "compilation by libraries.</sub>"
    )
    if facts := model_facts.facts_table([(row.label, row.facts) for row in comparison.rows]):
        parts.append("### Facts reported by models\n\n" + markdown_table(facts))
        parts.append(
            "<sub>Numbers are sums over all photos, including failed ones; of memory (…_mib) and "
            "visits (…_visit_s), the largest; ×3: on three photos. The run's predictions.jsonl has "
            "the facts of each photo.</sub>"
        )
    return "\n\n".join(parts) + "\n"


def _timing(comparison: Comparison) -> list[tuple[str, ...]]:
    return [
        TIMING_COLUMNS,
        *(
            (
                row.label,
                row.device,
                NA if row.device in (ELSEWHERE, NOWHERE) else str(row.threads),
                seconds_text(row.load_s, 3),
                seconds_text(row.first_call_s, 3),
                *(percentile_text(row.times, name, 3) for name in ("median", "p90", "p99")),
                mib_text(row.peak_rss_bytes),
                f"{row.growth.mib_per_photo:+.1f} MiB/photo" if row.growth else NA,
            )
            for row in comparison.rows
        ),
    ]  # fmt: skip
