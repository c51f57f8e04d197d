"""What changed from A to B: the photos that moved most, both ways, and the slices that differ."""

from collections.abc import Sequence

from evaluate.compare.run_pair import RunPair
from evaluate.compare.slices import reversals, slices_of
from evaluate.display.text import escape, markdown_table
from evaluate.report.findings import reversal_line
from evaluate.store.baseline import LEAST_NOISE

PHOTOS_SHOWN = 10


def changes_section(pair: RunPair) -> str:
    """A section of comparison.md."""
    a, b = pair.a.ious, pair.b.ious
    order = sorted(a, key=lambda id_: (b[id_] - a[id_], id_))
    fell = [id_ for id_ in order if a[id_] - b[id_] > LEAST_NOISE]
    rose = [id_ for id_ in reversed(order) if b[id_] - a[id_] > LEAST_NOISE]
    parts = [
        "### What moved from A to B",
        f"A is {escape(pair.a.label)}, B is {escape(pair.b.label)}. By more than {LEAST_NOISE:g} "
        f"of IoU {len(fell)} of {len(a)} photos fell and {len(rose)} rose.",
    ]
    for text, ids in (("Fell most", fell), ("Rose most", rose)):
        if ids:
            parts += [f"{text}:", _table(pair, ids[:PHOTOS_SHOWN])]
    return "\n\n".join([*parts, *_slices(pair)])


def _table(pair: RunPair, ids: Sequence[str]) -> str:
    rows = [
        (id_, f"{before:.3f}", f"{now:.3f}", f"{now - before:+.3f}")
        for id_ in ids
        for before, now in [(pair.a.ious[id_], pair.b.ious[id_])]
    ]
    return markdown_table([("Photo", "A", "B", "Moved"), *rows])


def _slices(pair: RunPair) -> list[str]:
    """Where one beats the other by more than chance; Holm's p over all slices."""
    cuts = slices_of(pair.comparison.known)
    if not cuts:
        return []
    rows = {"A": pair.a.ious, "B": pair.b.ious}
    found = [
        one for best in rows for one in reversals(best, rows, cuts, pair.comparison.margin_iou)
    ]
    if not found:
        return [f"In none of {len(cuts)} slices do they differ by more than chance."]
    return ["\n".join(reversal_line(one) for one in sorted(found, key=lambda one: one.p))]
