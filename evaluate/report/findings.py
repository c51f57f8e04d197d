"""The words of the report: how sure a comparison is, who beats whom, and where the best row loses.

Sections of comparison.md. What is left out of one for its length stands in comparison.json.
"""

from evaluate.compare.analysis import Analysis
from evaluate.compare.comparison import Comparison
from evaluate.compare.head_to_head import GROUP, MARGINS, PairResult
from evaluate.compare.row import Row
from evaluate.compare.slices import SIGNIFICANT, SliceReversal, SliceScore
from evaluate.compare.statistics import CONFIDENCE, Interval
from evaluate.display.text import chance, escape, markdown_table, printable
from evaluate.report.outline_table import Fit, fit

ROWS_SHOWN = 8
SLICES_SHOWN = 12
REVERSALS_SHOWN = 10
PHOTOS_SHOWN = 5


def sections(comparison: Comparison, analysis: Analysis) -> str:
    """All of them; empty where no row has any quality."""
    if not analysis.rows:
        return ""
    parts = []
    if analysis.pairs:
        parts += ["### Head-to-head", *head_to_head(comparison, analysis)]
        parts += ["### Where the best row loses", *losses(comparison, analysis)]
    if found := fit(comparison):
        parts += ["### Outlines", *outlines(found)]
    if analysis.slices:
        parts += ["### Slices", *slices(analysis)]
    return "\n\n".join(parts)


def outlines(found: Fit) -> list[str]:
    """How each row's outlines fit."""
    header = ("Approach", *(title for title, _ in found.columns))
    lines = [(label, *cells) for label, cells in found.cells.items()]
    meanings = "; ".join(f"{title}: {meaning}" for title, meaning in found.columns)
    return [
        markdown_table([header, *lines]),
        *(escape(line) for line in found.unlike),
        f"<sub>{escape(meanings)}. {found.told}</sub>",
    ]


def where_next(analysis: Analysis) -> str:
    """The terminal's line on what comparison.md has to say beyond the table; may be empty."""
    if not analysis.pairs:
        return ""
    better: dict[str, str] = {}
    for one in analysis.reversals:  # the surest first
        better.setdefault(one.name, one.better)
    named = [f"{name} ({label} is better)" for name, label in list(better.items())[:2]]
    named += [f"{len(better) - 2} slices more"] if len(better) > 2 else []
    loses = f"where {next(iter(analysis.rows))} loses{': ' * bool(named)}{', '.join(named)}"
    return printable(f"Next: comparison.md says who beats whom, how surely, and {loses}")


def head_to_head(comparison: Comparison, analysis: Analysis) -> list[str]:
    """Each pair of the first rows, what its p means, the curve of the first pair, the ranks."""
    shown = set(list(analysis.rows)[:ROWS_SHOWN])
    pairs = [pair for pair in analysis.pairs if {pair.first, pair.second} <= shown]
    header = ("First", "Second", "Wins–ties–losses", "Median difference", "p", "Holm's p")
    parts = [markdown_table([header, *(_pair(pair) for pair in pairs)])]
    if len(pairs) < len(analysis.pairs):
        parts.append(
            f"Pairs of the first {ROWS_SHOWN} rows; all {len(analysis.pairs)} pairs are in "
            "comparison.json."
        )
    grouped = any(GROUP in known for known in comparison.known.values())
    parts.append(_meaning(len(analysis.pairs), comparison.margin_iou, grouped))
    parts.append(_curve(analysis.pairs[0]))
    return parts + ([_ranks(analysis)] if analysis.ranks else [])


def _meaning(pairs: int, margin_iou: float, grouped: bool) -> str:
    drawn, counted = (
        (", photos of one object drawn together", ", and photos of one object count one by one")
        if grouped
        else ("", "")
    )
    return (
        f"<sub>A photo is won by an IoU more than {margin_iou:g} higher. Difference: First − "
        f"Second, in brackets its {CONFIDENCE:.0%} interval by bootstrap{drawn}. p: how likely "
        "wins and losses at least as uneven are if neither row is better; ties are left "
        f"out{counted}. Holm's p makes up for {pairs} pairs having been asked, some of which look "
        f"uneven by luck: below {SIGNIFICANT:g} a pair differs, with at most one chance in "
        f"{round(1 / SIGNIFICANT)} that any pair is called different wrongly.</sub>"
    )


def _pair(pair: PairResult) -> tuple[str, ...]:
    return (
        pair.first,
        pair.second,
        _counts((pair.wins, pair.ties, pair.losses)),
        f"{pair.difference:+.3f}{_between(pair.interval, '+.3f')}",
        chance(pair.p),
        chance(pair.p_holm),
    )


def _curve(pair: PairResult) -> str:
    counts = ", ".join(
        f"{_counts(one)} at {margin:g}" for margin, one in zip(MARGINS, pair.curve, strict=True)
    )
    return escape(f"By other margins, {pair.first} against {pair.second}: {counts}.")


def _ranks(analysis: Analysis) -> str:
    assert analysis.ranks is not None  # noqa: S101 - narrows the type
    ranked = sorted(zip(analysis.ranks.means, analysis.rows, strict=True))
    means = ", ".join(f"{label} {mean:.2f}" for mean, label in ranked)
    return escape(
        f"Mean ranks over the photos, 1 is best: {means}. Friedman's test of all rows being alike: "
        f"p {chance(analysis.ranks.friedman_p)}. Ranks closer than "
        f"{analysis.ranks.critical_difference:.2f} are not told apart (critical difference at 5 %)."
    )


def losses(comparison: Comparison, analysis: Analysis) -> list[str]:
    """Slices where another row beats the table's first, and the photos it loses by the most."""
    best = next(iter(analysis.rows))
    if analysis.reversals:
        lines = [reversal_line(one) for one in analysis.reversals[:REVERSALS_SHOWN]]
        if len(analysis.reversals) > REVERSALS_SHOWN:
            lines.append(
                f"- {len(analysis.reversals) - REVERSALS_SHOWN} more are in comparison.json."
            )
        parts = ["\n".join(lines)]
    elif analysis.slices:
        parts = [f"In no slice is another row better than {escape(best)} by more than chance."]
    else:
        parts = ["No tags or traits of the photos are known, so there are no slices to look at."]
    photos = _lost_photos(comparison, best)
    if not photos:
        margin = f"by more than {comparison.margin_iou:g}"
        return [*parts, f"On no photo is another row better than {escape(best)} {margin}."]
    header = ("Photo", "IoU", "Better row", "Its IoU")
    parts.append(f"Photos on which {escape(best)} loses by the most:")
    return [*parts, markdown_table([header, *photos[:PHOTOS_SHOWN]])]


def reversal_line(one: SliceReversal) -> str:
    """A line of a list."""
    return (
        f"- In {escape(one.name)} ({one.photos} photos) {escape(one.better)} is better, "
        f"{one.wins} to {one.losses}, Holm's p {chance(one.p)}"
    )


def _lost_photos(comparison: Comparison, best: str) -> list[tuple[str, ...]]:
    """Photo, the best row's IoU, who is better there, and its IoU; most lost first."""
    rows = {row.label: row.ious for row in comparison.rows}
    found = []
    for id_, own in rows[best].items():
        label, iou = max(((name, ious[id_]) for name, ious in rows.items()), key=lambda x: x[1])
        if (
            round(iou - own, 9) > comparison.margin_iou
        ):  # 0.92 - 0.90 is a little over 0.02 in binary
            found.append((own - iou, id_, own, label, iou))
    return [(id_, f"{own:.3f}", label, f"{iou:.3f}") for _, id_, own, label, iou in sorted(found)]


def slices(analysis: Analysis) -> list[str]:
    """Medians of the first rows in each slice, or in those that differ most from all photos."""
    labels = list(analysis.rows)[:ROWS_SHOWN]
    kept = sorted(analysis.slices, key=lambda cut: -analysis.moved(cut, labels))[:SLICES_SHOWN]
    lines = [
        (cut.name, str(len(cut.ids)), *(
            _median(analysis.by_slice[label][cut.name]) for label in labels
        ))
        for cut in analysis.slices
        if cut in kept
    ]  # fmt: skip
    total = str(len(analysis.rows[labels[0]].ious))
    every = ("all photos", total, *(_median(analysis.rows[label]) for label in labels))
    told = "Median IoU of the photos that share a tag or a trait, and its interval from six photos "
    told += "on; numbers are cut into thirds."
    if len(kept) < len(analysis.slices):
        told += (
            f" The {len(kept)} of {len(analysis.slices)} slices that differ most from all photos."
        )
    if len(labels) < len(analysis.rows):
        told += f" The first {len(labels)} rows."
    told += " All of it is in comparison.json."
    return [markdown_table([("Slice", "Photos", *labels), every, *lines]), f"<sub>{told}</sub>"]


def _median(found: Row | SliceScore) -> str:
    return f"{found.median:.3f}{_between(found.interval, '.3f')}"


def _counts(counts: tuple[int, int, int]) -> str:
    return "–".join(map(str, counts))


def _between(interval: Interval | None, how: str) -> str:
    return f" [{interval.low:{how}}, {interval.high:{how}}]" if interval else ""
