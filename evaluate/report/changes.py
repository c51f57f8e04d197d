"""Changes from run A to run B: the photos whose IoU changed most, and the slices that differ."""

from collections.abc import Sequence

from evaluate.compare.run_pair import RunPair
from evaluate.compare.slices import reversals, slices_of
from evaluate.display.text import escape, markdown_table
from evaluate.report.findings import reversal_line
from evaluate.store.baseline import LEAST_NOISE

_PHOTOS_SHOWN = 10


def changes_section(pair: RunPair) -> str:
    """The section of comparison.md on the changes."""
    a, b = pair.a.ious, pair.b.ious
    order = sorted(a, key=lambda id_: (b[id_] - a[id_], id_))
    fell = [id_ for id_ in order if a[id_] - b[id_] > LEAST_NOISE]
    rose = [id_ for id_ in reversed(order) if b[id_] - a[id_] > LEAST_NOISE]
    parts = [
        "### Changes from A to B",
        f"A is {escape(pair.a.label)}, B is {escape(pair.b.label)}. The IoU of {len(fell)} of "
        f"{len(a)} photos fell and that of {len(rose)} rose by more than {LEAST_NOISE:g}.",
    ]
    for text, ids in (("Largest falls", fell), ("Largest rises", rose)):
        if ids:
            parts += [f"{text}:", _table(pair, ids[:_PHOTOS_SHOWN])]
    return "\n\n".join([*parts, *_slices(pair)])


def _table(pair: RunPair, ids: Sequence[str]) -> str:
    rows = [
        (id_, f"{before:.3f}", f"{now:.3f}", f"{now - before:+.3f}")
        for id_ in ids
        for before, now in [(pair.a.ious[id_], pair.b.ious[id_])]
    ]
    return markdown_table([("Photo", "A", "B", "Change"), *rows])


def _slices(pair: RunPair) -> list[str]:
    """Slices in which one beats the other significantly; Holm's correction over all slices."""
    slices = slices_of(pair.comparison.known)
    if not slices:
        return []
    rows = {"A": pair.a.ious, "B": pair.b.ious}
    found = [
        one for best in rows for one in reversals(best, rows, slices, pair.comparison.margin_iou)
    ]
    if not found:
        return [f"In none of {len(slices)} slices do A and B differ significantly."]
    return ["\n".join(reversal_line(one) for one in sorted(found, key=lambda one: one.p))]
