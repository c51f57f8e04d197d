"""The photos to trace next and the agreement of the rows, as text and as a table in a file."""

import csv
import io
from collections import Counter
from collections.abc import Sequence

from datasets.messages import counted
from evaluate.display.text import align_table
from evaluate.next_photos.disagreement import Disagreement
from evaluate.store.formats.formula_cells import text_cell

NEXT_CSV = "next.csv"
_WORTH = (
    "Worth: disagreement (1 - mean IoU of the rows' masks with each other) / (1 + photos of the "
    "same stratum above), so that not all are alike. Strata: photos with equal tags, else clusters "
    "of photos that look alike in brightness and colour."
)
_AGREEMENT = (
    "Agreement with the other rows' masks, which is no ranking of quality: rows that fail alike "
    "agree, and one that alone is right agrees with none."
)


def next_lines(found: Disagreement, strata: Sequence[str], order: Sequence[int]) -> list[str]:
    """Both tables; ``order`` has the indices of the photos to list, the first of all."""
    taken: Counter[str] = Counter()
    photos = []
    for at in order:
        value, stratum = found.photos[at], strata[at]
        worth = value / (1 + taken[stratum])
        photos.append((found.ids[at], f"{worth:.3f}", f"{value:.3f}", stratum or "no tags"))
        taken[stratum] += 1
    rows = sorted(zip(found.rows.tolist(), found.labels, strict=True), reverse=True)
    agreement = [(label, f"{mean:.3f}") for mean, label in rows]
    return [
        f"Trace next, of {counted(len(found.ids), 'photo')} without a mask:",
        align_table([("Photo", "Worth", "Disagreement", "Stratum"), *photos], str.ljust),
        _WORTH,
        "",
        _AGREEMENT,
        align_table([("Row", "Mean IoU with the others"), *agreement], str.ljust),
    ]


def next_csv(found: Disagreement, strata: Sequence[str], order: Sequence[int]) -> bytes:
    """All photos in the order of tracing."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("id", "disagreement", "stratum"))
    for at in order:
        cells = text_cell(found.ids[at]), f"{found.photos[at]:.6f}", text_cell(strata[at])
        rows.writerow(cells)
    return text.getvalue().encode("utf-8", "surrogatepass")
