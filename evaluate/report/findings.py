"""Sections of comparison.md: head-to-head results, where the best row loses, outlines, slices.

Long tables are cut; comparison.json has them in full.
"""

from functools import reduce

import numpy as np

from evaluate.compare.analysis import Analysis
from evaluate.compare.head_to_head import GROUP, MARGINS, PairResult
from evaluate.compare.rows.known import Known
from evaluate.compare.rows.photo_values import photos_of, values_at
from evaluate.compare.rows.row import Row
from evaluate.compare.slices import SIGNIFICANT, SliceReversal, SliceScore
from evaluate.compare.statistics import CONFIDENCE, TIE_SLACK
from evaluate.display.text import escape, markdown_table, p_value_text, printable
from evaluate.report.columns import interval_text
from evaluate.report.outline_table import OutlineTable, outline_table

ROWS_SHOWN = 8
SLICES_SHOWN = 12
REVERSALS_SHOWN = 10
_PHOTOS_SHOWN = 5


def sections(analysis: Analysis) -> str:
    """All sections; empty if no row has quality."""
    if not analysis.rows:
        return ""
    parts = []
    if analysis.pairs:
        parts += ["### Head-to-head", *head_to_head_section(analysis)]
        parts += ["### Where the best row loses", *losses_section(analysis)]
    if table := outline_table(analysis.comparison):
        parts += ["### Outlines", *outlines_section(table)]
    if analysis.slices:
        parts += ["### Slices", *slices_section(analysis)]
    return "\n\n".join(parts)


def outlines_section(table: OutlineTable) -> list[str]:
    """The table of outline measures and the meanings of its columns."""
    header = ("Approach", *(title for title, _ in table.columns))
    lines = [(label, *cells) for label, cells in table.cells.items()]
    meanings = "; ".join(f"{title}: {meaning}" for title, meaning in table.columns)
    return [
        markdown_table([header, *lines]),
        *(escape(line) for line in (*table.remarks, *table.rescore)),
        f"<sub>{escape(meanings)}. {table.note}</sub>",
    ]


def where_next(analysis: Analysis) -> str:
    """The terminal's pointer to the findings of comparison.md; empty for fewer than two rows."""
    if not analysis.pairs:
        return ""
    better: dict[str, str] = {}
    for one in analysis.reversals:  # the lowest p first
        better.setdefault(one.name, one.better)
    named = [f"{name} ({label} is better)" for name, label in list(better.items())[:2]]
    named += [f"{len(better) - 2} more slices"] if len(better) > 2 else []
    loses = f"where {next(iter(analysis.rows))} loses{': ' * bool(named)}{', '.join(named)}"
    return printable(f"Next: see comparison.md for head-to-head results with p-values, and {loses}")


def head_to_head_section(analysis: Analysis) -> list[str]:
    """The pairs of the first rows, what p means, the first pair at other margins, the ranks."""
    comparison = analysis.comparison
    first_rows = set(list(analysis.rows)[:ROWS_SHOWN])
    pairs = [pair for pair in analysis.pairs if {pair.first, pair.second} <= first_rows]
    header = ("First", "Second", "Wins–ties–losses", "Median difference", "p", "Holm's p")
    parts = [markdown_table([header, *(_pair(pair) for pair in pairs)])]
    if len(pairs) < len(analysis.pairs):
        parts.append(
            f"Pairs of the first {ROWS_SHOWN} rows; all {len(analysis.pairs)} pairs are in "
            "comparison.json."
        )
    grouped = GROUP in Known.of(comparison.known).columns
    parts.append(_pairs_note(len(analysis.pairs), comparison.margin_iou, grouped))
    parts.append(_curve(analysis.pairs[0]))
    return parts + ([_ranks(analysis)] if analysis.ranks else [])


def _pairs_note(pairs: int, margin_iou: float, grouped: bool) -> str:
    resampled, tested = (
        (
            "; photos of one object are drawn together",
            ", and photos of one object count separately",
        )
        if grouped
        else ("", "")
    )
    return (
        f"<sub>A row wins a photo if its IoU is more than {margin_iou:g} higher. Difference: First "
        f"− Second, in brackets its {CONFIDENCE:.0%} bootstrap interval{resampled}. p: the "
        "probability of wins and losses at least as uneven if neither row is better (sign test); "
        f"ties are ignored{tested}. Holm's p is corrected for {pairs} tested pairs: pairs below "
        f"{SIGNIFICANT:g} differ, and the probability that any of them is a false positive is at "
        f"most {SIGNIFICANT:.0%}. Holm's p alone decides: the intervals are not corrected for "
        "several pairs, and may exclude 0 where it is higher.</sub>"
    )


def _pair(pair: PairResult) -> tuple[str, ...]:
    return (
        pair.first,
        pair.second,
        _counts((pair.wins, pair.ties, pair.losses)),
        f"{pair.difference:+z.3f}{interval_text(pair.interval, '+z.3f')}",
        p_value_text(pair.p),
        p_value_text(pair.p_holm),
    )


def _curve(pair: PairResult) -> str:
    counts = ", ".join(
        f"{_counts(outcome)} at {margin:g}"
        for margin, outcome in zip(MARGINS, pair.curve, strict=True)
    )
    return escape(f"At other margins, {pair.first} against {pair.second}: {counts}.")


def _ranks(analysis: Analysis) -> str:
    assert analysis.ranks is not None  # noqa: S101 - narrows the type
    ranked = sorted(zip(analysis.ranks.means, analysis.rows, strict=True))
    means = ", ".join(f"{label} {mean:.2f}" for mean, label in ranked)
    return escape(
        f"Mean ranks over the photos, 1 is best: {means}. Friedman's test that all rows are equal: "
        f"p {p_value_text(analysis.ranks.friedman_p)}. Rows whose ranks differ by less than "
        f"{analysis.ranks.critical_difference:.2f} (critical difference at 5 %) do not differ "
        "significantly by Nemenyi's test. That is another test: ranks count every difference "
        "alike, even one that is a tie above, so that it may join two rows that Holm's p tells "
        "apart. Holm's p decides."
    )


def losses_section(analysis: Analysis) -> list[str]:
    """Slices in which another row beats the first row, and the photos on which it loses most."""
    best = next(iter(analysis.rows))
    if analysis.reversals:
        lines = [reversal_line(one) for one in analysis.reversals[:REVERSALS_SHOWN]]
        if len(analysis.reversals) > REVERSALS_SHOWN:
            lines.append(
                f"- {len(analysis.reversals) - REVERSALS_SHOWN} more are in comparison.json."
            )
        parts = ["\n".join(lines)]
    elif analysis.slices:
        parts = [f"In no slice is another row significantly better than {escape(best)}."]
    else:
        parts = ["There are no slices, since no tags or traits of the photos are known."]
    photos = _lost_photos(analysis, best)
    if not photos:
        margin = f"by more than {analysis.comparison.margin_iou:g}"
        return [*parts, f"On no photo is another row better than {escape(best)} {margin}."]
    header = ("Photo", "IoU", "Better row", "Its IoU")
    parts.append(f"Photos on which {escape(best)} loses by the most:")
    return [*parts, markdown_table([header, *photos])]


def reversal_line(one: SliceReversal) -> str:
    """A list item on one slice."""
    return (
        f"- In {escape(one.name)} ({one.photos} photos) {escape(one.better)} is better, "
        f"{one.wins} to {one.losses}, Holm's p {p_value_text(one.p)}"
    )


def _lost_photos(analysis: Analysis, best: str) -> list[tuple[str, ...]]:
    """Photo, the best row's IoU, the row that is better there, and its IoU; largest loss first.

    Only the photos to show.
    """
    rows = analysis.comparison.rows
    photos = photos_of(analysis.rows[best].ious)
    ious = [values_at(row.ious, photos) for row in rows]
    own, better = values_at(analysis.rows[best].ious, photos), reduce(np.maximum, ious)
    lost = better - own
    places = np.flatnonzero(lost > analysis.comparison.margin_iou + TIE_SLACK)
    if len(places) > _PHOTOS_SHOWN:
        shown = np.partition(lost[places], -_PHOTOS_SHOWN)[-_PHOTOS_SHOWN]
        places = places[lost[places] >= shown]
    found = sorted((-lost[place], photos[place], place) for place in places.tolist())
    return [
        (
            id_,
            f"{own[at]:.3f}",
            rows[np.argmax([one[at] for one in ious])].label,
            f"{better[at]:.3f}",
        )
        for _, id_, at in found[:_PHOTOS_SHOWN]
    ]


def slices_section(analysis: Analysis) -> list[str]:
    """Medians of the first rows in each slice, or in those that differ most from all photos."""
    labels = list(analysis.rows)[:ROWS_SHOWN]
    by_shift = sorted(analysis.slices, key=lambda one: -analysis.largest_shift(one, labels))
    kept = by_shift[:SLICES_SHOWN]
    lines = [
        (one.name, str(len(one.ids)), *(
            _median(analysis.by_slice[label][one.name]) for label in labels
        ))
        for one in analysis.slices
        if one in kept
    ]  # fmt: skip
    total = str(len(analysis.rows[labels[0]].ious))
    overall = ("all photos", total, *(_median(analysis.rows[label]) for label in labels))
    note = "Median IoU of the photos that share a tag or a trait, with its interval from six "
    note += "photos on; numbers are split into thirds."
    if len(kept) < len(analysis.slices):
        note += (
            f" The {len(kept)} of {len(analysis.slices)} slices that differ most from all photos."
        )
    if len(labels) < len(analysis.rows):
        note += f" The first {len(labels)} rows."
    note += " comparison.json has all slices and rows."
    return [markdown_table([("Slice", "Photos", *labels), overall, *lines]), f"<sub>{note}</sub>"]


def _median(found: Row | SliceScore) -> str:
    return f"{found.median:.3f}{interval_text(found.interval)}"


def _counts(counts: tuple[int, int, int]) -> str:
    return "–".join(map(str, counts))
