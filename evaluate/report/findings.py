"""The words of the report: how sure a comparison is, who beats whom, and where the best row loses.

Sections of comparison.md. What is left out of one for its length stands in comparison.json.
"""

from evaluate.compare.analysis import Analysis, Quality
from evaluate.compare.comparison import Comparison
from evaluate.compare.head_to_head import GROUP, MARGINS, Duel
from evaluate.compare.slices import SIGNIFICANT, SliceScore, Upset
from evaluate.compare.statistics import CONFIDENCE, Interval
from evaluate.display.text import chance, escape, markdown_table, printable
from evaluate.report.outline_table import Fit, fit

ROWS_SHOWN = 8
SLICES_SHOWN = 12
UPSETS_SHOWN = 10
PHOTOS_SHOWN = 5


def sections(comparison: Comparison, analysis: Analysis, margin_iou: float) -> str:
    """All of them; empty where no row has any quality."""
    if not analysis.quality:
        return ""
    parts = []
    if analysis.duels:
        parts += ["### Head-to-head", *head_to_head(comparison, analysis, margin_iou)]
        parts += ["### Where the best row loses", *losses(comparison, analysis, margin_iou)]
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
    if not analysis.duels:
        return ""
    better: dict[str, str] = {}
    for one in analysis.upsets:  # the surest first
        better.setdefault(one.name, one.better)
    named = [f"{name} ({label} is better)" for name, label in list(better.items())[:2]]
    named += [f"{len(better) - 2} slices more"] if len(better) > 2 else []
    loses = f"where {next(iter(analysis.quality))} loses{': ' * bool(named)}{', '.join(named)}"
    return printable(f"Next: comparison.md says who beats whom, how surely, and {loses}")


def head_to_head(comparison: Comparison, analysis: Analysis, margin_iou: float) -> list[str]:
    """Each pair of the first rows, what its p means, the curve of the first pair, the ranks."""
    shown = set(list(analysis.quality)[:ROWS_SHOWN])
    pairs = [duel for duel in analysis.duels if {duel.first, duel.second} <= shown]
    header = ("First", "Second", "Wins–ties–losses", "Median difference", "p", "Holm's p")
    parts = [markdown_table([header, *(_duel(duel) for duel in pairs)])]
    if len(pairs) < len(analysis.duels):
        parts.append(
            f"Pairs of the first {ROWS_SHOWN} rows; all {len(analysis.duels)} pairs are in "
            "comparison.json."
        )
    grouped = any(GROUP in known for known in comparison.known.values())
    parts.append(_meaning(len(analysis.duels), margin_iou, grouped))
    parts.append(_curve(analysis.duels[0]))
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


def _duel(duel: Duel) -> tuple[str, ...]:
    return (
        duel.first,
        duel.second,
        _counts((duel.wins, duel.ties, duel.losses)),
        f"{duel.difference:+.3f}{_between(duel.interval, '+.3f')}",
        chance(duel.p),
        chance(duel.p_holm),
    )


def _curve(duel: Duel) -> str:
    counts = ", ".join(
        f"{_counts(one)} at {margin:g}" for margin, one in zip(MARGINS, duel.curve, strict=True)
    )
    return escape(f"By other margins, {duel.first} against {duel.second}: {counts}.")


def _ranks(analysis: Analysis) -> str:
    assert analysis.ranks is not None  # noqa: S101 - narrows the type
    ranked = sorted(zip(analysis.ranks.means, analysis.quality, strict=True))
    means = ", ".join(f"{label} {mean:.2f}" for mean, label in ranked)
    return escape(
        f"Mean ranks over the photos, 1 is best: {means}. Friedman's test of all rows being alike: "
        f"p {chance(analysis.ranks.friedman_p)}. Ranks closer than "
        f"{analysis.ranks.critical_difference:.2f} are not told apart (critical difference at 5 %)."
    )


def losses(comparison: Comparison, analysis: Analysis, margin_iou: float) -> list[str]:
    """Slices where another row beats the table's first, and the photos it loses by the most."""
    best = next(iter(analysis.quality))
    if analysis.upsets:
        lines = [upset(one) for one in analysis.upsets[:UPSETS_SHOWN]]
        if len(analysis.upsets) > UPSETS_SHOWN:
            lines.append(f"- {len(analysis.upsets) - UPSETS_SHOWN} more are in comparison.json.")
        parts = ["\n".join(lines)]
    elif analysis.slices:
        parts = [f"In no slice is another row better than {escape(best)} by more than chance."]
    else:
        parts = ["No tags or traits of the photos are known, so there are no slices to look at."]
    photos = _lost_photos(comparison, best, margin_iou)
    if not photos:
        text = f"On no photo is another row better than {escape(best)} by more than {margin_iou:g}."
        return [*parts, text]
    header = ("Photo", "IoU", "Better row", "Its IoU")
    parts.append(f"Photos on which {escape(best)} loses by the most:")
    return [*parts, markdown_table([header, *photos[:PHOTOS_SHOWN]])]


def upset(one: Upset) -> str:
    """A line of a list."""
    return (
        f"- In {escape(one.name)} ({one.photos} photos) {escape(one.better)} is better, "
        f"{one.wins} to {one.losses}, Holm's p {chance(one.p)}"
    )


def _lost_photos(comparison: Comparison, best: str, margin_iou: float) -> list[tuple[str, ...]]:
    """Photo, the best row's IoU, who is better there, and its IoU; most lost first."""
    rows = {row.label: row.ious for row in comparison.rows}
    found = []
    for id_, own in rows[best].items():
        label, iou = max(((name, ious[id_]) for name, ious in rows.items()), key=lambda x: x[1])
        if round(iou - own, 9) > margin_iou:  # 0.92 - 0.90 is a little over 0.02 in binary
            found.append((own - iou, id_, own, label, iou))
    return [(id_, f"{own:.3f}", label, f"{iou:.3f}") for _, id_, own, label, iou in sorted(found)]


def slices(analysis: Analysis) -> list[str]:
    """Medians of the first rows in each slice, or in those that differ most from all photos."""
    labels = list(analysis.quality)[:ROWS_SHOWN]
    kept = sorted(analysis.slices, key=lambda cut: -analysis.moved(cut, labels))[:SLICES_SHOWN]
    lines = [
        (cut.name, str(len(cut.ids)), *(
            _median(analysis.by_slice[label][cut.name]) for label in labels
        ))
        for cut in analysis.slices
        if cut in kept
    ]  # fmt: skip
    total = str(analysis.quality[labels[0]].photos)
    every = ("all photos", total, *(_median(analysis.quality[label]) for label in labels))
    told = "Median IoU of the photos that share a tag or a trait, and its interval from six photos "
    told += "on; numbers are cut into thirds."
    if len(kept) < len(analysis.slices):
        told += (
            f" The {len(kept)} of {len(analysis.slices)} slices that differ most from all photos."
        )
    if len(labels) < len(analysis.quality):
        told += f" The first {len(labels)} rows."
    told += " All of it is in comparison.json."
    return [markdown_table([("Slice", "Photos", *labels), every, *lines]), f"<sub>{told}</sub>"]


def _median(found: Quality | SliceScore) -> str:
    return f"{found.median:.3f}{_between(found.interval, '.3f')}"


def _counts(counts: tuple[int, int, int]) -> str:
    return "–".join(map(str, counts))


def _between(interval: Interval | None, how: str) -> str:
    return f" [{interval.low:{how}}, {interval.high:{how}}]" if interval else ""
